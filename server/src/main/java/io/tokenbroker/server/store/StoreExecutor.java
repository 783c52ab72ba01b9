package io.tokenbroker.server.store;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that may block on the store: so many and no more, with so many tasks waiting and no
 * more, and with so many bytes to write and no more. Thread-safe.
 *
 * <p>No task runs on the thread that submits it. A future fails with what its task threw, with
 * {@link FailureReason#STORE_UNAVAILABLE} if there is no room or the store was out of reach a
 * moment ago (see {@link Breaker}), with {@link FailureReason#SHUTTING_DOWN} after {@link #close}.
 * What depends on a future runs on the store's thread and must be short.
 *
 * <p>Each task has to ask the store: one that returns without is taken for the store's return.
 */
public final class StoreExecutor implements AutoCloseable {
  /** How long nobody tries after the store could not be reached, and what callers are told. */
  public static final Duration RETRY_AFTER = Duration.ofMillis(250);

  /** One in so many threads, but one at least, may make lists. */
  private static final int LISTS = 4;

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

  private final Breaker breaker;
  private final OutageLog trouble;
  private final Duration retryAfter;
  private final ThreadPoolExecutor threads;
  private final long maxBytes;
  private final FewAtOnce lists;

  /** Of the tasks that wait or run. */
  private final AtomicLong bytes = new AtomicLong();

  /** How to fail each future that {@link #submit} has given and that is not completed yet. */
  private final Set<Runnable> awaited = ConcurrentHashMap.newKeySet();

  /**
   * @param threads from 1; no more than the database pool has connections
   * @param queueCapacity how many tasks may wait for a thread, from 1
   * @param maxBytes how much memory those of {@link #submit(long, Supplier)} may take, from 1
   * @param ticker monotonic nanoseconds
   */
  public StoreExecutor(int threads, int queueCapacity, long maxBytes, LongSupplier ticker) {
    this(threads, queueCapacity, maxBytes, ticker, RETRY_AFTER);
  }

  public StoreExecutor(
      int threads, int queueCapacity, long maxBytes, LongSupplier ticker, Duration retryAfter) {
    this.maxBytes = maxBytes;
    this.breaker = new Breaker(ticker, retryAfter);
    this.trouble = new OutageLog(ticker);
    this.retryAfter = retryAfter;
    this.lists = new FewAtOnce(Math.max(1, threads / LISTS), queueCapacity, this::overloaded);
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueCapacity),
            task -> {
              Thread thread = new Thread(task, "store-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  public CompletableFuture<@Nullable Void> run(Runnable task) {
    return this.<@Nullable Void>start(
        () -> {
          task.run();
          return null;
        });
  }

  /** How many tasks wait for a thread. */
  public int waiting() {
    return threads.getQueue().size();
  }

  /** How many tasks are at work, about. */
  public int running() {
    return threads.getActiveCount();
  }

  /** False from when the store could not be reached until it is. */
  public boolean isReachable() {
    return !breaker.isOpen();
  }

  /** How often it could not be reached any more. */
  public long outages() {
    return breaker.openings();
  }

  public <T extends @Nullable Object> CompletableFuture<T> submit(Supplier<T> task) {
    CompletableFuture<T> future = start(task);
    if (!future.isDone()) {
      Runnable end = () -> future.completeExceptionally(BrokerException.shuttingDown());
      awaited.add(end);
      future.whenComplete((result, failure) -> awaited.remove(end));
    }
    return future;
  }

  /**
   * The same for what may be asked for in any number and may wait, such as pages of lists: only a
   * quarter of the threads does that, so that whoever asks for many keeps nobody else waiting.
   */
  public <T extends @Nullable Object> CompletableFuture<T> submitList(Supplier<T> task) {
    return lists.submit(() -> submit(task));
  }

  /**
   * The same for a task that takes much memory until it is done. Alone it may take more than all of
   * them may.
   */
  public <T extends @Nullable Object> CompletableFuture<T> submit(long bytes, Supplier<T> task) {
    long others = this.bytes.getAndAdd(bytes);
    if (others > 0 && others + bytes > maxBytes) {
      this.bytes.addAndGet(-bytes);
      return CompletableFuture.failedFuture(
          BrokerException.storeUnavailable(
              "The database has too much to write. Try again.", retryAfter, null));
    }
    Held held = new Held(bytes);
    CompletableFuture<T> result =
        submit(
            () -> {
              try {
                return task.get();
              } finally {
                held.release();
              }
            });
    // one that will not run
    result.whenComplete((done, failure) -> held.release());
    return result;
  }

  /** What a task takes, which is given back once. */
  private final class Held {
    private final AtomicLong left;

    Held(long taken) {
      left = new AtomicLong(taken);
    }

    void release() {
      bytes.addAndGet(-left.getAndSet(0));
    }
  }

  /**
   * Fails with {@link FailureReason#SHUTTING_DOWN} whatever {@link #submit} has given and is not
   * completed yet, so that nobody waits any longer; the tasks themselves go on.
   */
  public void abandon() {
    lists.abandon(BrokerException.shuttingDown());
    List.copyOf(awaited).forEach(Runnable::run);
  }

  private <T extends @Nullable Object> CompletableFuture<T> start(Supplier<T> task) {
    CompletableFuture<T> future = new CompletableFuture<>();
    if (!breaker.admits()) {
      future.completeExceptionally(unreachable());
      return future;
    }
    try {
      threads.execute(new Task<>(future, task));
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(
          threads.isShutdown() ? BrokerException.shuttingDown() : overloaded());
    }
    return future;
  }

  /**
   * Takes no more tasks and waits for those that it has; those that have not begun by then fail. A
   * running one is never interrupted, as that would close the files of an embedded database.
   *
   * @return whether all tasks ended in time
   */
  public boolean close(Duration wait) {
    lists.abandon(BrokerException.shuttingDown());
    threads.shutdown();
    boolean ended = false;
    try {
      ended = threads.awaitTermination(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<Runnable> left = new ArrayList<>();
    threads.getQueue().drainTo(left);
    for (Runnable task : left) {
      if (task instanceof Task<?> waiting) {
        waiting.future.completeExceptionally(BrokerException.shuttingDown());
      }
    }
    return ended;
  }

  /** As {@link #close(Duration)}, waiting up to 5 s. */
  @Override
  public void close() {
    close(CLOSE_WAIT);
  }

  private BrokerException overloaded() {
    return BrokerException.storeUnavailable(
        "The database is overloaded. Try again.", retryAfter, null);
  }

  private BrokerException unreachable() {
    return BrokerException.storeUnavailable(
        "The database is not available. Try again.", retryAfter, trouble.cause());
  }

  private final class Task<T extends @Nullable Object> implements Runnable {
    private final CompletableFuture<T> future;
    private final Supplier<T> work;

    Task(CompletableFuture<T> future, Supplier<T> work) {
      this.future = future;
      this.work = work;
    }

    @Override
    public void run() {
      if (future.isDone()) {
        return;
      }
      long ticket = breaker.enter();
      if (ticket == Breaker.REFUSED) {
        future.completeExceptionally(unreachable());
        return;
      }
      T result;
      try {
        result = work.get();
      } catch (Throwable e) {
        // a Throwable, as whoever waits for the future must hear of an Error too
        failed(ticket, e);
        future.completeExceptionally(e);
        return;
      }
      reached(ticket);
      future.complete(result);
    }

    private void failed(long ticket, Throwable failure) {
      if (!Failures.isOutage(failure)) {
        reached(ticket);
        if (Failures.is(FailureReason.STORE_UNAVAILABLE, failure)) {
          trouble.refused(failure);
        }
      } else if (breaker.leave(ticket, false)) {
        trouble.unavailable(failure);
      }
    }

    private void reached(long ticket) {
      if (!breaker.leave(ticket, true)) {
        trouble.available();
      }
    }
  }
}
