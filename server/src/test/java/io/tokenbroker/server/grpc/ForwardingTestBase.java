package io.tokenbroker.server.grpc;

import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An account's owner, and a broker that is asked in its place. */
abstract class ForwardingTestBase {
  static final String ACME = "acme";

  final Map<String, String> keys = new ConcurrentHashMap<>();
  final List<AutoCloseable> open = new ArrayList<>();
  TestMember owner;
  TestMember entry;

  @BeforeEach
  void start() throws Exception {
    owner = member(new TestBroker(), false, Duration.ofSeconds(20));
    entry = member(new TestBroker(owner.broker), false, Duration.ofSeconds(20));
    owner.broker.store.put(ACME, "s1", "s2", "s3");
    believe(owner, 1);
  }

  void believe(TestMember who, long epoch) {
    owner.believes(ACME, who, epoch);
    entry.believes(ACME, who, epoch);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  TestMember member(TestBroker broker, boolean asksWhoCalls, Duration patience) throws Exception {
    TestMember member = new TestMember(broker, keys, asksWhoCalls, patience);
    open.add(0, member);
    return member;
  }

  static NextTokenRequest next() {
    return NextTokenRequest.newBuilder().setAccount(ACME).build();
  }

  static Metadata trailersOf(
      TestMember member, Consumer<TokenBrokerGrpc.TokenBrokerBlockingStub> call) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    call.accept(
        TokenBrokerGrpc.newBlockingStub(
            ClientInterceptors.intercept(
                member.channel(), MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))));
    return trailers.get();
  }
}
