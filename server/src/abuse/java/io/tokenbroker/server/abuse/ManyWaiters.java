package io.tokenbroker.server.abuse;

import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.List;

/** Calls that wait for a token that comes back a hundred times a second. */
final class ManyWaiters implements Attack {
  private static final String ACCOUNT = "waited-for";
  private static final int WAITERS = 15_000;

  @Override
  public void prepare(Target target) {
    target.add(ACCOUNT, 1, 20, Target.rate(10));
  }

  @Override
  public void run(Target target) throws InterruptedException {
    byte[] request =
        NextTokenRequest.newBuilder().setAccount(ACCOUNT).setWait(true).build().toByteArray();
    Flood flood = new Flood(target.connect(20), WAITERS);
    Thread thread =
        new Thread(
            () -> {
              try {
                flood.run(
                    target, List.of(Flood.raw(TokenBrokerGrpc.getNextTokenMethod())), i -> request);
              } catch (InterruptedException e) {
                // the end
              }
            },
            "waiters");
    thread.setDaemon(true);
    thread.start();
    target.awaitEnd();
  }
}
