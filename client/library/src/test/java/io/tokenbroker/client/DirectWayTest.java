package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that knows one broker of a fleet and hears of the others. */
class DirectWayTest {
  private static final Metadata.Key<String> OWNER =
      Metadata.Key.of("tokenbroker-owner", Metadata.ASCII_STRING_MARSHALLER);

  private Broker entry;
  private Broker owner;
  private TokenBrokerClient client;

  @BeforeEach
  void start() throws IOException {
    entry = new Broker("entry", 0);
    owner = new Broker("owner", 0);
    entry.tells = owner.address();
    owner.tells = owner.address();
    client = TokenBrokerClient.connect(entry.address());
  }

  @AfterEach
  void close() throws InterruptedException {
    client.close();
    entry.close();
    owner.close();
  }

  private String answeredBy() {
    return client.nextToken("a").getTokenId();
  }

  @Test
  void theNextCallGoesToWhoOwnsTheAccount() throws Exception {
    assertThat(answeredBy()).isEqualTo("entry");
    until(() -> answeredBy().equals("owner"));
    assertThat(answeredBy()).isEqualTo("owner");
  }

  @Test
  void whenTheOwnerIsGoneTheOthersAreAsked() throws Exception {
    until(() -> answeredBy().equals("owner"));
    int port = owner.server.getPort();
    owner.close();
    // no call fails
    assertThat(answeredBy()).isEqualTo("entry");
    assertThat(answeredBy()).isEqualTo("entry");
    owner = new Broker("owner", port);
    owner.tells = owner.address();
    until(() -> answeredBy().equals("owner"));
  }

  @Test
  void anotherOwnerIsGoneToAsSoonAsAnAnswerTells() throws Exception {
    until(() -> answeredBy().equals("owner"));
    owner.tells = entry.address();
    assertThat(answeredBy()).isEqualTo("owner");
    assertThat(answeredBy()).isEqualTo("entry");
  }

  @Test
  void anAddressThatNobodyCanReachHarmsNobody() {
    entry.tells = "127.0.0.1:1";
    for (int i = 0; i < 20; i++) {
      assertThat(answeredBy()).isEqualTo("entry");
    }
    entry.tells = "no address";
    assertThat(answeredBy()).isEqualTo("entry");
    assertThat(answeredBy()).isEqualTo("entry");
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** Says its name as a token's, and who owns the account. */
  private static final class Broker extends TokenBrokerGrpc.TokenBrokerImplBase {
    private final String name;
    private final Server server;
    volatile String tells = "";

    Broker(String name, int port) throws IOException {
      this.name = name;
      this.server =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .addService(ServerInterceptors.intercept(this, new Trailers()))
              .build()
              .start();
    }

    String address() {
      return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void nextToken(NextTokenRequest request, StreamObserver<NextTokenResponse> observer) {
      observer.onNext(
          NextTokenResponse.newBuilder().setTurn(Turn.newBuilder().setTokenId(name)).build());
      observer.onCompleted();
    }

    void close() throws InterruptedException {
      var unused = server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
    }

    private final class Trailers implements ServerInterceptor {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        return next.startCall(
            new SimpleForwardingServerCall<>(call) {
              @Override
              public void close(Status status, Metadata trailers) {
                trailers.put(OWNER, tells);
                super.close(status, trailers);
              }
            },
            headers);
      }
    }
  }
}
