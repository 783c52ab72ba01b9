package io.tokenbroker.server.audit;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those who wait for a record to be written; a disk that hangs does not hold them. Thread-safe. */
final class Waiters {
  private static final Logger log = LoggerFactory.getLogger(Waiters.class);
  private static final long MAX_NANOS = Duration.ofSeconds(5).toNanos();

  private final LongSupplier ticker;
  private final Queue<Waiter> queue = new ConcurrentLinkedQueue<>();

  Waiters(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /** Returns what tells one of them, once. */
  Consumer<Boolean> add(Consumer<Boolean> then) {
    Waiter waiter = new Waiter(then, ticker.getAsLong() + MAX_NANOS);
    queue.add(waiter);
    return waiter::tell;
  }

  void expire() {
    Waiter first = queue.peek();
    while (first != null && first.isOver(ticker.getAsLong())) {
      queue.remove(first);
      first.tell(false);
      first = queue.peek();
    }
  }

  /** Lets go of whom it has told: what waits with them, such as a request, may be large. */
  private static final class Waiter {
    private final AtomicReference<@Nullable Consumer<Boolean>> then;
    private final long untilNanos;

    Waiter(Consumer<Boolean> then, long untilNanos) {
      this.then = new AtomicReference<>(then);
      this.untilNanos = untilNanos;
    }

    boolean isOver(long now) {
      return then.get() == null || now - untilNanos >= 0;
    }

    void tell(boolean written) {
      Consumer<Boolean> untold = then.getAndSet(null);
      if (untold != null) {
        try {
          untold.accept(written);
        } catch (RuntimeException e) {
          // such as a call of a server that has ended; the others are to hear it all the same
          log.debug("nobody to be told what was written", e);
        }
      }
    }
  }
}
