package io.tokenbroker.server.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ResetsTest {
  private static final int RESETS = 50;

  @Test
  void whoCancelsTooMuchIsDisconnected() throws Exception {
    try (TestServer server = new TestServer(RESETS, 1L << 30);
        RawConnection connection = new RawConnection(server.port(), RawConnection.MAX_WINDOW)) {
      server.broker.store.put("acme", "s1");
      Thread reader = connection.read();
      reset(connection, 2 * RESETS);
      reader.join(Duration.ofSeconds(20).toMillis());
      assertThat(reader.isAlive()).isFalse();
    }
  }

  @Test
  void aCallThatIsCancelledWithTheNextFrameTakesNoTurns() throws Exception {
    NextTokensRequest.Builder request = NextTokensRequest.newBuilder().setCount(1);
    String method = Headers.name(TokenBrokerGrpc.getNextTokensMethod());
    try (TestServer server = new TestServer();
        RawConnection connection = new RawConnection(server.port(), RawConnection.MAX_WINDOW)) {
      TestBroker broker = server.broker;
      broker.store.put("acme", "s1", "s2");
      broker.store.put("other", "s3");
      assertThat(number(broker, request.setAccount("acme").build())).isEqualTo(1);
      var unused = connection.read();
      int cancelled = connection.begin(method);
      connection.send(cancelled, Headers.message(request.setAccount("acme").build()), true);
      connection.reset(cancelled);
      int last = connection.begin(method);
      connection.send(last, Headers.message(request.setAccount("other").build()), true);
      connection.flush();
      Eventually.until("both calls have been read", () -> broker.table.size() == 2);
      assertThat(number(broker, request.setAccount("acme").build())).isEqualTo(2);
    }
  }

  private static long number(TestBroker broker, NextTokensRequest request) {
    return broker.data().nextTokens(request).getTurns(0).getNumber();
  }

  private static void reset(RawConnection connection, int count) throws IOException {
    byte[] request = Headers.message(NextTokenRequest.newBuilder().setAccount("acme").build());
    for (int i = 0; i < count; i++) {
      int stream = connection.begin(Headers.name(TokenBrokerGrpc.getNextTokenMethod()));
      connection.send(stream, request, true);
      connection.reset(stream);
    }
    connection.flush();
  }
}
