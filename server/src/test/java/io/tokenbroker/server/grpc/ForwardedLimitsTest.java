package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers of one broker share its connections to an owner, which has limits of each. */
class ForwardedLimitsTest {
  private static final String LARGE = "large";

  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final List<TestMember> members = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private TestMember entry;

  private void start(CallLimits ofTheOwner) throws Exception {
    TestMember owner = new TestMember(new TestBroker(), keys, ofTheOwner);
    members.add(owner);
    entry = new TestMember(new TestBroker(owner.broker), keys, TestCallLimits.WIDE);
    members.add(entry);
    owner.broker.store.put(LARGE, "made-up-" + "x".repeat(60_000));
    members.forEach(one -> one.believes(LARGE, owner, 1));
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    for (int i = members.size() - 1; i >= 0; i--) {
      members.get(i).close();
    }
  }

  private ManagedChannel connect() {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget("dns:///" + entry.address())
            .usePlaintext()
            .flowControlWindow(64 * 1024)
            .build();
    channels.add(channel);
    return channel;
  }

  /** Takes one message at a time, when it is asked to. */
  private static Reader<StreamTokensRequest, StreamTokensResponse> open(ManagedChannel channel) {
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    ClientCalls.asyncServerStreamingCall(
        channel.newCall(TokenBrokerGrpc.getStreamTokensMethod(), CallOptions.DEFAULT),
        StreamTokensRequest.newBuilder().setAccount(LARGE).build(),
        reader);
    return reader;
  }

  @Test
  void whoReadsNothingHasTheOwnerRefuseNobodyElse() throws Exception {
    start(new TestCallLimits().unsentBytes(8 << 20).build());
    ManagedChannel unread = connect();
    List<Reader<StreamTokensRequest, StreamTokensResponse>> readers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      readers.add(open(unread));
    }
    Eventually.until(
        "some have ended, of which none was read",
        () -> readers.stream().anyMatch(Reader::hasMore));
    Reader<StreamTokensRequest, StreamTokensResponse> refused =
        readers.stream().filter(Reader::hasMore).findFirst().orElseThrow();
    assertThat(Failure.of(refused.end().orElseThrow()).reason()).isEqualTo("BROKER_BUSY");
    for (int i = 0; i < 8; i++) {
      assertThat(open(connect()).next().getTurnsCount()).isPositive();
    }
  }

  @Test
  void anOwnerTakesAsManyCallsOfAPeerAsItSends() throws Exception {
    start(new TestCallLimits().callsPerConnection(2).build());
    for (int i = 0; i < 20; i++) {
      assertThat(open(connect()).next().getTurnsCount()).isPositive();
    }
  }
}
