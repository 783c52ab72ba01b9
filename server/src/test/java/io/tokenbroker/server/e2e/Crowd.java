package io.tokenbroker.server.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Threads that each take turns of one account on a connection of their own. */
final class Crowd implements AutoCloseable {
  private static final long SECONDS = 100;

  private final ExecutorService threads;
  private final List<Caller> callers = new ArrayList<>();
  private final List<Future<?>> tasks = new ArrayList<>();

  /**
   * @param more asked before every call
   */
  Crowd(int size, String endpoint, String account, Order order, BooleanSupplier more) {
    threads = Executors.newFixedThreadPool(size);
    for (int i = 0; i < size; i++) {
      Caller caller = new Caller(endpoint);
      callers.add(caller);
      tasks.add(
          threads.submit(
              () -> {
                while (more.getAsBoolean()) {
                  order.add(caller.next(account));
                }
              }));
    }
  }

  /** Waits for all threads, none of which may have failed. */
  void join() throws InterruptedException, ExecutionException, TimeoutException {
    for (Future<?> task : tasks) {
      Object unused = task.get(SECONDS, TimeUnit.SECONDS);
    }
  }

  boolean isDone() {
    return tasks.stream().allMatch(Future::isDone);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    for (Caller caller : callers) {
      caller.close();
    }
  }
}
