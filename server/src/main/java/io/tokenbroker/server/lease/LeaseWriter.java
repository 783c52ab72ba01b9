package io.tokenbroker.server.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.trace.Spans;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects operations while a group is being committed, and commits them as the next one: a broker
 * has one transaction about leases at a time, however many callers it has. An operation is answered
 * when its group is committed. Thread-safe, never blocks.
 *
 * <p>Futures fail with STORE_UNAVAILABLE if there is no room, or if the group could not be
 * committed or nobody knows: then what was asked may stand or not. But for a grant: that nobody
 * heard of it is made up for by its end, as soon as the store can be reached.
 */
public final class LeaseWriter {
  /** The most operations in a transaction: what is more would make all wait for the last one. */
  public static final int MAX_GROUP = 512;

  /** How long an operation is tried again because another broker is busy with its token. */
  private static final long BUSY_NANOS = 2_000_000_000;

  private static final long BUSY_PAUSE_MILLIS = 5;
  private static final Duration RETRY_AFTER = Duration.ofMillis(250);

  private final Commits store;
  private final StoreThread thread;
  private final int capacity;
  private final LongSupplier ticker;
  private final Spans spans;

  @GuardedBy("waiting")
  private final Queue<Item> waiting = new ArrayDeque<>();

  @GuardedBy("waiting")
  private boolean committing;

  /** {@link LeaseStore#commit}. */
  @FunctionalInterface
  public interface Commits {
    List<LeaseAnswer> commit(List<LeaseOp> group);
  }

  /** Where a transaction may block. */
  @FunctionalInterface
  public interface StoreThread {
    CompletableFuture<List<Written>> submit(Supplier<List<Written>> transaction);
  }

  /**
   * @param begun when the transaction began, by the ticker: not later than what the database's
   *     clock said
   * @param done when it was over
   */
  public record Written(
      @Nullable LeaseAnswer answer, @Nullable Throwable failure, long begun, long done) {
    /** What became of the operation, or its failure. */
    public LeaseAnswer get() {
      if (answer == null) {
        throw new IllegalStateException(failure);
      }
      return answer;
    }
  }

  // what has been committed
  private final LongAdder groups = new LongAdder();

  private final LongAdder operations = new LongAdder();
  private final LongAdder granted = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final LongAdder revoked = new LongAdder();

  private record Item(LeaseOp op, CompletableFuture<Written> future, long since) {}

  /**
   * @param capacity how many operations may wait, from 1
   * @param ticker monotonic nanoseconds
   * @param spans are told of each operation that waits for its commit
   */
  public LeaseWriter(
      Commits store, StoreThread thread, int capacity, LongSupplier ticker, Spans spans) {
    this.spans = spans;
    this.store = store;
    this.thread = thread;
    this.capacity = capacity;
    this.ticker = ticker;
  }

  /** Its answer is never Busy. */
  public CompletableFuture<Written> write(LeaseOp op) {
    return spans.during("commit lease", add(op));
  }

  private CompletableFuture<Written> add(LeaseOp op) {
    Item item = new Item(op, new CompletableFuture<>(), ticker.getAsLong());
    synchronized (waiting) {
      if (waiting.size() >= capacity) {
        return CompletableFuture.failedFuture(
            BrokerException.storeUnavailable(
                "Too many changes of leases wait for the store. Try again.", RETRY_AFTER, null));
      }
      waiting.add(item);
      if (committing) {
        return item.future;
      }
      committing = true;
    }
    commitNext();
    return item.future;
  }

  private void commitNext() {
    List<Item> group = new ArrayList<>();
    synchronized (waiting) {
      while (group.size() < MAX_GROUP && !waiting.isEmpty()) {
        group.add(waiting.remove());
      }
      committing = !group.isEmpty();
    }
    if (!group.isEmpty()) {
      thread
          .submit(() -> commit(group))
          .whenComplete((written, failure) -> finish(group, written, failure));
    }
  }

  private List<Written> commit(List<Item> group) {
    long begun = ticker.getAsLong();
    try {
      List<LeaseAnswer> answers = store.commit(group.stream().map(Item::op).toList());
      long done = ticker.getAsLong();
      count(group, answers);
      return answers.stream().map(answer -> new Written(answer, null, begun, done)).toList();
    } catch (RuntimeException e) {
      if (group.size() == 1 || Failures.is(FailureReason.STORE_UNAVAILABLE, e)) {
        throw e;
      }
      // one of them is at fault: the others must not suffer
      return group.stream().map(this::commitAlone).toList();
    }
  }

  private void count(List<Item> group, List<LeaseAnswer> answers) {
    groups.increment();
    operations.add(answers.size());
    for (int i = 0; i < answers.size(); i++) {
      LeaseOp op = group.get(i).op;
      LeaseAnswer answer = answers.get(i);
      if (op instanceof LeaseOp.Grant && answer instanceof LeaseAnswer.Standing) {
        granted.increment();
      } else if (op instanceof LeaseOp.Renew && answer instanceof LeaseAnswer.Gone) {
        lost.increment();
      } else if (op instanceof LeaseOp.Revoke && answer instanceof LeaseAnswer.Ended) {
        revoked.increment();
      }
    }
  }

  /**
   * What has been committed since the start.
   *
   * @param lost renewals of leases that were their holders' no more
   * @param revoked through this broker
   */
  public record Counts(long groups, long operations, long granted, long lost, long revoked) {}

  public Counts counts() {
    return new Counts(groups.sum(), operations.sum(), granted.sum(), lost.sum(), revoked.sum());
  }

  private Written commitAlone(Item item) {
    try {
      return commit(List.of(item)).get(0);
    } catch (RuntimeException e) {
      return new Written(null, e, 0, 0);
    }
  }

  private void finish(
      List<Item> group, @Nullable List<Written> written, @Nullable Throwable failure) {
    List<Item> busy = new ArrayList<>();
    if (written != null) {
      for (int i = 0; i < group.size(); i++) {
        if (isBusy(group.get(i), written.get(i))) {
          busy.add(group.get(i));
        }
      }
    }
    synchronized (waiting) {
      // beyond the capacity, but these were within it before
      waiting.addAll(busy);
    }
    // first: what their callers want next belongs to the next group
    for (int i = 0; i < group.size(); i++) {
      Item item = group.get(i);
      if (written == null) {
        fail(item, failure == null ? new IllegalStateException() : failure);
      } else if (!isBusy(item, written.get(i))) {
        answer(item, written.get(i));
      }
    }
    if (!busy.isEmpty() && busy.size() == group.size()) {
      CompletableFuture.delayedExecutor(BUSY_PAUSE_MILLIS, TimeUnit.MILLISECONDS)
          .execute(this::commitNext);
    } else {
      commitNext();
    }
  }

  private void fail(Item item, Throwable failure) {
    item.future.completeExceptionally(failure);
    if (item.op instanceof LeaseOp.Grant grant
        && failure instanceof BrokerException lost
        && lost.isUnsettled()) {
      withdrawLater(grant.id(), ticker.getAsLong() + grant.ttl().toNanos());
    }
  }

  /**
   * @param until when the lease is over by itself, by the ticker
   */
  private void withdrawLater(LeaseId id, long until) {
    CompletableFuture.delayedExecutor(RETRY_AFTER.toMillis(), TimeUnit.MILLISECONDS)
        .execute(
            () ->
                write(new LeaseOp.Withdraw(id))
                    .whenComplete(
                        (written, failure) -> {
                          if (Failures.is(FailureReason.STORE_UNAVAILABLE, failure)
                              && until - ticker.getAsLong() > 0) {
                            withdrawLater(id, until);
                          }
                        }));
  }

  private static boolean isBusy(Item item, Written written) {
    return written.answer() instanceof LeaseAnswer.Busy
        && written.done() - item.since() < BUSY_NANOS;
  }

  private void answer(Item item, Written written) {
    if (written.failure() != null) {
      fail(item, written.failure());
    } else if (written.answer() instanceof LeaseAnswer.Busy) {
      item.future.completeExceptionally(
          BrokerException.storeUnavailable(
              "Another broker is changing the token's leases. Try again.", RETRY_AFTER, null));
    } else {
      item.future.complete(written);
    }
  }
}
