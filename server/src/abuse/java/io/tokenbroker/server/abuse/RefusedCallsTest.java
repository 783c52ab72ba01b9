package io.tokenbroker.server.abuse;

import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import org.junit.jupiter.api.Test;

class RefusedCallsTest {
  private static final long MAX_BYTES = 4 << 20;

  /** As much as no socket holds. */
  private static final int ANSWERS_MIB = 16;

  @Test
  void whoReadsNoAnswersDoesNotKeepAllRoomWithRefusedCalls() throws Exception {
    try (TestServer server = new TestServer(10_000, MAX_BYTES);
        RawConnection deaf = new RawConnection(server.port(), RawConnection.MAX_WINDOW)) {
      server.broker.store.put("acme", "x".repeat(60_000));
      String method = Headers.name(TokenBrokerGrpc.getNextTokensMethod());
      byte[] request =
          Headers.message(
              NextTokensRequest.newBuilder().setAccount("acme").setCount(1_000).build());
      for (int i = 0; i < ANSWERS_MIB; i++) {
        deaf.send(deaf.begin(method), request, true);
      }
      for (int i = 0; i < 2_000; i++) {
        deaf.begin(method);
      }
      deaf.flush();
      Eventually.until("all is taken", () -> server.grpc.requestBytes() > MAX_BYTES * 3 / 4);
      Eventually.until("it was closed", () -> server.grpc.requestBytes() == 0);
    }
  }
}
