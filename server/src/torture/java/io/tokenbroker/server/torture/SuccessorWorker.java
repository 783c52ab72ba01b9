package io.tokenbroker.server.torture;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A holder that has two streams, the later one through the other broker, in an account whose only
 * token somebody else has: the earlier stream has no lease and has to end all the same.
 */
final class SuccessorWorker implements Runnable {
  /** Several times what a broker takes to look at what others did, and the longest fault. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final String holder;
  private final String account;
  private final List<ManagedChannel> brokers;
  private final Ledger ledger;
  private final BooleanSupplier over;

  SuccessorWorker(
      String holder,
      String account,
      List<ManagedChannel> brokers,
      Ledger ledger,
      BooleanSupplier over) {
    this.holder = holder;
    this.account = account;
    this.brokers = brokers;
    this.ledger = ledger;
    this.over = over;
  }

  @Override
  public void run() {
    for (int round = 0; !over.getAsBoolean(); round++) {
      ToldStream.Told told = new ToldStream.Told(holder + "-" + round, ledger);
      ToldStream earlier = open(told, round);
      Worker.pause(300);
      ToldStream later = open(told, round + 1);
      long begin = System.nanoTime();
      // unless either broker was stopped meanwhile
      while (!over.getAsBoolean()
          && earlier.end() == null
          && later.end() == null
          && System.nanoTime() - begin < PATIENCE_NANOS) {
        Worker.pause(50);
      }
      if (earlier.end() == Status.Code.ABORTED) {
        Torture.FAILURES.merge("succeeded", 1L, Long::sum);
      } else if (earlier.end() == null && later.end() == null && !over.getAsBoolean()) {
        ledger.violates("outlived its successor by 15 s: a stream of " + told.holder);
      }
      earlier.leave();
      later.leave();
    }
  }

  private ToldStream open(ToldStream.Told told, int broker) {
    return ToldStream.open(
        brokers.get(broker % brokers.size()), account, told, 1, TakeOverWorker.TTL);
  }
}
