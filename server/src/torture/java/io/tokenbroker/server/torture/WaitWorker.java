package io.tokenbroker.server.torture;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenLimits;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Waits for turns of accounts that have fewer than are wanted, each through any of the brokers. */
final class WaitWorker implements Runnable {
  /** What the accounts have: 6 turns a second. */
  static final TokenLimits LIMITS = UpstreamPlan.rate(3, 500).build();

  private final List<BrokerProcess> brokers;
  private final List<String> accounts;
  private final WaitLedger ledger;
  private final BooleanSupplier over;
  private final Random random;

  WaitWorker(
      List<BrokerProcess> brokers,
      List<String> accounts,
      WaitLedger ledger,
      BooleanSupplier over,
      long seed) {
    this.brokers = brokers;
    this.accounts = accounts;
    this.ledger = ledger;
    this.over = over;
    this.random = new Random(seed);
  }

  @Override
  public void run() {
    while (!over.getAsBoolean()) {
      BrokerProcess broker = brokers.get(random.nextInt(brokers.size()));
      String account = accounts.get(random.nextInt(accounts.size()));
      long asked = System.nanoTime();
      try {
        TurnWorker.Taken taken = take(broker, account);
        ledger.answered(new WaitLedger.Waited(broker.name, taken.answer(account, asked)));
      } catch (StatusRuntimeException e) {
        Torture.FAILURES.merge("wait " + e.getStatus().getCode(), 1L, Long::sum);
        Worker.pause(20);
      }
    }
  }

  static TurnWorker.Taken take(BrokerProcess broker, String account) {
    return TurnWorker.take(
        broker, NextTokenRequest.newBuilder().setAccount(account).setWait(true).build());
  }
}
