package io.tokenbroker.server.alert;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.clock.Alarm;
import io.tokenbroker.server.model.Failures;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers alerts one after the other, in their order, and tries again what was not taken. Nobody
 * waits for it. Thread-safe.
 */
public final class Deliveries {
  private static final Logger log = LoggerFactory.getLogger(Deliveries.class);

  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);
  private static final int MOST_DOUBLINGS = 10;

  /** Longer than that no receiver is left alone. */
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  /** So often a receiver may refuse an alert before the next one has its turn. */
  private static final int MOST_REFUSALS = 5;

  private final Receiver receiver;
  private final AlertSettings settings;
  private final Alarm alarm;
  private final Executor thread;
  private final LongSupplier ticker;
  private final InstantSource clock;
  private final LongUnaryOperator random;

  @GuardedBy("this")
  private final Deque<Pending> queue = new ArrayDeque<>();

  @GuardedBy("this")
  private long bytes;

  /** Whether the first of the queue is being delivered. */
  @GuardedBy("this")
  private boolean sending;

  /** Whether it will be, without anybody's doing. */
  @GuardedBy("this")
  private boolean due;

  /** In a row. */
  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private Counts counts = new Counts(0, 0, 0, 0, 0, 0);

  /** Who wants to know when nothing is pending; null if nobody does. */
  @GuardedBy("this")
  private @Nullable CompletableFuture<Void> settled;

  private static final class Pending {
    final Alert alert;
    final long since;
    int refusals;

    Pending(Alert alert, long since) {
      this.alert = alert;
      this.since = since;
    }
  }

  /**
   * Since the start, but for what is pending now.
   *
   * @param failed tries without success
   * @param noRoom alerts that were dropped as too much was pending
   * @param gaveUp those that were tried for too long
   * @param refused those that the receiver did not want
   */
  public record Counts(
      long delivered, long failed, long noRoom, long gaveUp, long refused, int pending) {}

  /**
   * @param alarm for the next try
   * @param thread where it happens; one, or several
   * @param ticker monotonic, in nanoseconds
   * @param random a number from 0 up to its bound, which is left out
   */
  public Deliveries(
      Receiver receiver,
      AlertSettings settings,
      Alarm alarm,
      Executor thread,
      LongSupplier ticker,
      InstantSource clock,
      LongUnaryOperator random) {
    this.receiver = receiver;
    this.settings = settings;
    this.alarm = alarm;
    this.thread = thread;
    this.ticker = ticker;
    this.clock = clock;
    this.random = random;
  }

  /** Has it delivered after those before; returns at once. Nothing happens once this is closed. */
  public void offer(Alert alert) {
    boolean begin;
    boolean first;
    synchronized (this) {
      if (closed) {
        return;
      }
      queue.addLast(new Pending(alert, ticker.getAsLong()));
      bytes += alert.bytes();
      first = counts.noRoom == 0;
      while (bytes > settings.queueBytes() && queue.size() > (sending ? 2 : 1)) {
        dropOldest();
      }
      first &= counts.noRoom > 0;
      begin = !sending && !due;
      due |= begin;
    }
    if (first) {
      log.warn("webhooks are dropped: more wait than webhook.queue_bytes has room for");
    }
    if (begin) {
      thread.execute(this::next);
    }
  }

  /** The one that is being delivered stays. */
  @GuardedBy("this")
  private void dropOldest() {
    Pending inFlight = sending ? queue.removeFirst() : null;
    bytes -= queue.removeFirst().alert.bytes();
    if (inFlight != null) {
      queue.addFirst(inFlight);
    }
    count(0, 0, 1, 0, 0);
  }

  @GuardedBy("this")
  private void count(int delivered, int failed, int noRoom, int gaveUp, int refused) {
    counts =
        new Counts(
            counts.delivered + delivered,
            counts.failed + failed,
            counts.noRoom + noRoom,
            counts.gaveUp + gaveUp,
            counts.refused + refused,
            0);
  }

  public synchronized Counts counts() {
    return new Counts(
        counts.delivered,
        counts.failed,
        counts.noRoom,
        counts.gaveUp,
        counts.refused,
        queue.size());
  }

  private void next() {
    Pending first;
    int old;
    boolean sends;
    synchronized (this) {
      due = false;
      old = giveUpOld();
      first = queue.peekFirst();
      sends = first != null && !closed;
      sending |= sends;
    }
    if (old > 0) {
      log.atWarn()
          .addKeyValue("count", old)
          .log("webhooks dropped: not delivered within webhook.give_up_after");
    }
    if (first == null || !sends) {
      return;
    }
    CompletableFuture<Answer> answer;
    try {
      answer = receiver.tell(first.alert, clock.instant());
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenCompleteAsync((said, failure) -> end(first, said, failure), thread);
  }

  /** Tells how many. */
  @GuardedBy("this")
  private int giveUpOld() {
    long oldest = ticker.getAsLong() - settings.giveUpAfter().toNanos();
    int old = 0;
    while (!queue.isEmpty() && queue.getFirst().since - oldest <= 0) {
      remove();
      count(0, 0, 0, 1, 0);
      old++;
    }
    return old;
  }

  @GuardedBy("this")
  private void remove() {
    bytes -= queue.removeFirst().alert.bytes();
  }

  private void end(Pending first, @Nullable Answer said, @Nullable Throwable failure) {
    boolean taken = said != null && said.isTaken();
    int before;
    boolean again;
    boolean refused = false;
    long delay = 0;
    CompletableFuture<Void> waiting = null;
    synchronized (this) {
      sending = false;
      if (closed) {
        return;
      }
      before = failures;
      if (taken) {
        remove();
        failures = 0;
        count(1, 0, 0, 0, 0);
      } else {
        failures++;
        first.refusals += said != null && said.isRefusal() ? 1 : 0;
        refused = first.refusals == MOST_REFUSALS;
        if (refused) {
          remove();
        }
        count(0, 1, 0, 0, refused ? 1 : 0);
        delay = Math.max(backoff(failures), said == null ? 0 : wait(said));
      }
      again = !queue.isEmpty();
      due = again;
      if (!again || !taken) {
        waiting = settled;
        settled = null;
      }
    }
    tell(taken, before, said, failure);
    if (refused && said != null) {
      log.atWarn()
          .addKeyValue("cause", "HTTP status " + said.status())
          .addKeyValue("times", MOST_REFUSALS)
          .log("webhook dropped: the receiver refuses it");
    }
    if (waiting != null) {
      waiting.complete(null);
    }
    if (again && delay == 0) {
      thread.execute(this::next);
    } else if (again) {
      alarm.after(delay, () -> thread.execute(this::next));
    }
  }

  /** Twice as long each time, and half of it by chance: not all brokers at once. */
  private long backoff(int failuresInARow) {
    long nanos = FIRST_DELAY.toNanos() << Math.min(failuresInARow - 1, MOST_DOUBLINGS);
    long half = Math.min(nanos, LONGEST_DELAY.toNanos()) / 2;
    return half + random.applyAsLong(half + 1);
  }

  private static long wait(Answer said) {
    return said.retryAfter().compareTo(LONGEST_WAIT) > 0
        ? LONGEST_WAIT.toNanos()
        : said.retryAfter().toNanos();
  }

  /** When it begins and when it is over. */
  private static void tell(
      boolean taken, int before, @Nullable Answer said, @Nullable Throwable failure) {
    if (taken && before > 0) {
      log.atInfo().addKeyValue("tries", before).log("webhooks are delivered again");
    } else if (!taken && before == 0) {
      log.atWarn()
          .addKeyValue("cause", said == null ? cause(failure) : "HTTP status " + said.status())
          .log("webhook not delivered, trying again");
    }
  }

  /** Without the URL, which may be all that a receiver asks for. */
  private static String cause(@Nullable Throwable failure) {
    Throwable cause = failure == null ? null : Failures.cause(failure);
    if (cause == null || cause instanceof TimeoutException) {
      return "no answer in time";
    }
    return cause instanceof SSLException
        ? "TLS: " + cause.getMessage()
        : cause.getClass().getSimpleName();
  }

  /** Done once nothing is pending; at once, if the receiver does not take anything now. */
  public synchronized CompletableFuture<Void> settled() {
    if (closed || queue.isEmpty() || failures > 0) {
      return CompletableFuture.completedFuture(null);
    }
    if (settled == null) {
      settled = new CompletableFuture<>();
    }
    return settled;
  }

  /** Delivers nothing any more. */
  public void close() {
    int left;
    synchronized (this) {
      closed = true;
      left = queue.size();
      queue.clear();
      bytes = 0;
    }
    if (left > 0) {
      log.atWarn().addKeyValue("count", left).log("webhooks not delivered at the stop");
    }
  }
}
