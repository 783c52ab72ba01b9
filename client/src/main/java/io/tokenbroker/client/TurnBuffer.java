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
  private final int lowWater;
  private @Nullable TurnStream source;
  private boolean asked;
  private @Nullable Supplier<RuntimeException> ending;

  /**
   * @param lowWater another batch may be asked for while fewer turns than this wait
   */
  TurnBuffer(int lowWater) {
    this.lowWater = lowWater;
  }

  /** Puts a batch that was asked for; it is dropped if this has ended. */
  void put(List<Turn> batch) {
    lock.lock();
    try {
      asked = false;
      if (ending == null) {
        turns.addAll(batch);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** From now on the batches come from this stream, which brings its first one unasked. */
  void supplyFrom(TurnStream stream) {
    lock.lock();
    try {
      source = stream;
      asked = true;
    } finally {
      lock.unlock();
    }
  }

  /** The stream that the caller is to ask for another batch now: once for every batch. */
  @Nullable TurnStream claimDemand() {
    lock.lock();
    try {
      if (asked || ending != null || turns.size() >= lowWater) {
        return null;
      }
      asked = true;
      return source;
    } finally {
      lock.unlock();
    }
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
