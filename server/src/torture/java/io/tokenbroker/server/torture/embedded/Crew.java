package io.tokenbroker.server.torture.embedded;

import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** All loads on one database, each in a thread of its own. */
final class Crew {
  private static final int ACCOUNTS = 6;
  private static final int LEASES = 4;

  private final List<Load> loads = new ArrayList<>();
  private final Findings findings;

  Crew(Random random, Findings findings) {
    this.findings = findings;
    for (int i = 1; i <= ACCOUNTS; i++) {
      loads.add(new AccountLoad("account-" + i, random.nextLong(), findings));
    }
    for (int i = 1; i <= LEASES; i++) {
      loads.add(new LeaseLoad("leases-" + i, random.nextLong(), findings));
    }
  }

  /** At work until it is told to stop, or its broker is gone. */
  final class Shift {
    private final AtomicBoolean over = new AtomicBoolean();
    private final ExecutorService threads = Executors.newFixedThreadPool(loads.size());
    private final List<Future<?>> working = new ArrayList<>();

    private Shift(ManagedChannel channel) {
      loads.forEach(load -> working.add(threads.submit(() -> load.work(channel, over::get))));
      threads.shutdown();
    }

    /** Waits until each load has had a change acknowledged after this time; false if in vain. */
    boolean awaitAcknowledged(long since, long seconds) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() - end < 0) {
        boolean all = true;
        for (int i = 0; i < loads.size(); i++) {
          all &= loads.get(i).lastAcknowledged() - since > 0 || working.get(i).isDone();
        }
        if (all) {
          return working.stream().noneMatch(Future::isDone);
        }
        Pauses.millis(5);
      }
      return false;
    }

    /** Returns when all calls are answered or have failed. */
    void end() throws InterruptedException, ExecutionException {
      over.set(true);
      for (Future<?> each : working) {
        each.get();
      }
    }
  }

  Shift begin(ManagedChannel channel) {
    return new Shift(channel);
  }

  void compare(ManagedChannel channel) throws InterruptedException, ExecutionException {
    forEach(load -> () -> load.compare(channel), "unreadable");
  }

  void compareAfterRestart(ManagedChannel channel, long savedBefore)
      throws InterruptedException, ExecutionException {
    forEach(load -> () -> load.compareAfterRestart(channel, savedBefore), "unusable after a start");
  }

  private void forEach(Function<Load, Callable<Boolean>> action, String otherwise)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(loads.size());
    try {
      for (Future<Boolean> done : threads.invokeAll(loads.stream().map(action).toList())) {
        if (!done.get()) {
          findings.other(otherwise, "a load could not read or write all that it has");
        }
      }
    } finally {
      threads.shutdown();
    }
  }
}
