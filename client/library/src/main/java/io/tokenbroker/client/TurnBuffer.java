package io.tokenbroker.client;

import io.tokenbroker.v1.Turn;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the turns wait between the stream and the takers. Thread-safe; its lock is never held while
 * anything outside is called.
 */
final class TurnBuffer {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Turn> turns = new ArrayDeque<>();
  private final int capacity;

  /** How many turns may still be asked for. */
  private long unasked;

  /** Of the source; not yet here. */
  private long asked;

  private @Nullable TurnStream source;

  /** Whether there is to be a source as soon as there is room. */
  private boolean sourceless;

  private @Nullable Supplier<RuntimeException> ending;

  /**
   * More turns to be asked for.
   *
   * @param source of whom; null if a new one has to be opened first
   */
  record Claim(@Nullable TurnStream source, long count) {}

  /**
   * @param capacity how many turns at most wait here or are on their way
   * @param limit how many turns there are in all; 0 for no limit
   */
  TurnBuffer(int capacity, long limit) {
    this.capacity = capacity;
    this.unasked = limit == 0 ? Long.MAX_VALUE : limit;
  }

  /**
   * Puts a batch that was asked for; it is dropped if this has ended.
   *
   * @return false if it has more turns than were asked for, and was dropped
   */
  boolean put(List<Turn> batch) {
    lock.lock();
    try {
      if (batch.size() > asked) {
        return false;
      }
      asked -= batch.size();
      if (ending == null) {
        turns.addAll(batch);
        changed.signalAll();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** From now on the batches come from this source, of which the claim's turns were asked. */
  void supplyFrom(TurnStream stream) {
    lock.lock();
    try {
      source = stream;
    } finally {
      lock.unlock();
    }
  }

  /** The source has ended, and what was asked of it will not come; a new one is wanted. */
  void sourceEnded() {
    lock.lock();
    try {
      source = null;
      unasked += unasked == Long.MAX_VALUE ? 0 : asked;
      asked = 0;
    } finally {
      lock.unlock();
    }
  }

  /** What to ask a new source for; null if there is no room, and {@link #claim} will say so. */
  @Nullable Claim claimFirst() {
    lock.lock();
    try {
      sourceless = true;
      return claim(1);
    } finally {
      lock.unlock();
    }
  }

  /** What to ask for now, in portions of half the capacity; null for nothing. */
  @Nullable Claim claim() {
    lock.lock();
    try {
      return claim((capacity + 1) / 2);
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private @Nullable Claim claim(int portion) {
    long room = capacity - turns.size() - asked;
    if (ending != null || room < portion || unasked == 0 || (source == null && !sourceless)) {
      return null;
    }
    long count = Math.min(room, unasked);
    asked += count;
    unasked -= unasked == Long.MAX_VALUE ? 0 : count;
    sourceless = false;
    return new Claim(source, count);
  }

  /**
   * Waits for a turn.
   *
   * @return empty if the time is over
   * @throws RuntimeException the ending, if this has ended and is empty
   */
  Optional<Turn> take(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (turns.isEmpty()) {
        if (ending != null) {
          throw ending.get();
        }
        if (left <= 0) {
          return Optional.empty();
        }
        left = changed.awaitNanos(left);
      }
      return Optional.of(turns.remove());
    } finally {
      lock.unlock();
    }
  }

  /** The next turn if one is here; else as {@link #take}. */
  Optional<Turn> poll() {
    lock.lock();
    try {
      Turn turn = turns.poll();
      if (turn == null && ending != null) {
        throw ending.get();
      }
      return Optional.ofNullable(turn);
    } finally {
      lock.unlock();
    }
  }

  /** No more turns will be put: takers get the waiting ones, then the exception. */
  void end(Supplier<RuntimeException> exception) {
    finish(exception, false);
  }

  /** As {@link #end}, and the waiting turns are dropped, even after another ending. */
  void close(Supplier<RuntimeException> exception) {
    finish(exception, true);
  }

  private void finish(Supplier<RuntimeException> exception, boolean drop) {
    lock.lock();
    try {
      if (drop) {
        turns.clear();
      }
      if (drop || ending == null) {
        ending = exception;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isDone() {
    lock.lock();
    try {
      return ending != null && turns.isEmpty();
    } finally {
      lock.unlock();
    }
  }
}
