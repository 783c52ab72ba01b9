package io.tokenbroker.client;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Turn;
import java.time.Duration;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tries one token after the other, and reports on each. Thread-safe. */
final class Attempts {
  private static final Duration REPORT_TIMEOUT = Duration.ofSeconds(10);

  private final TokenBrokerClient broker;
  private final Reporter reporter;
  private final LongSupplier ticker;
  private final Sleeper sleeper;
  private final DoubleSupplier random;

  /**
   * @param ticker in nanoseconds
   */
  Attempts(TokenBrokerClient broker, LongSupplier ticker, Sleeper sleeper, DoubleSupplier random) {
    this.broker = broker;
    this.reporter = new Reporter(broker);
    this.ticker = ticker;
    this.sleeper = sleeper;
    this.random = random;
  }

  <T extends @Nullable Object, X extends Exception> Answer<T> run(
      String account, AttemptOptions options, Call<T, X> call) throws X {
    long end = ticker.getAsLong() + Durations.saturatedNanos(options.within());
    Backoff backoff = new Backoff(random);
    Answer<T> last = null;
    for (int made = 0; ; ) {
      Turn turn;
      try {
        turn = broker.nextToken(account, new TurnOptions(options.scope(), left(end)));
      } catch (StatusRuntimeException e) {
        if (BrokerErrors.isWorthAWait(e) && waited(backoff.next(retryAfter(e)), end)) {
          continue;
        }
        if (last == null) {
          throw e;
        }
        return last;
      }
      last = attempt(account, options.scope(), turn, call);
      made++;
      if (!last.wantsAnotherToken() || made >= options.maxAttempts() || left(end).isZero()) {
        reporter.later(account, turn, options.scope(), last.report());
        return last;
      }
      // before the next token is asked for, so that it is another one
      boolean known =
          reporter.now(account, turn, options.scope(), last.report(), reportTimeout(end));
      if (left(end).isZero() || (!known && !waited(backoff.next(null), end))) {
        return last;
      }
    }
  }

  private <T extends @Nullable Object, X extends Exception> Answer<T> attempt(
      String account, String scope, Turn turn, Call<T, X> call) throws X {
    try {
      return call.with(turn);
    } catch (Throwable e) {
      reporter.later(account, turn, scope, Reports.of(Outcome.OUTCOME_UPSTREAM_ERROR));
      throw e;
    }
  }

  /** False, at once, if the end would come first, and if the thread is interrupted. */
  private boolean waited(Duration delay, long end) {
    if (delay.compareTo(left(end)) >= 0) {
      return false;
    }
    try {
      sleeper.of(delay);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static @Nullable Duration retryAfter(StatusRuntimeException error) {
    return BrokerErrors.retryAfter(error).orElse(null);
  }

  private Duration reportTimeout(long end) {
    Duration left = left(end);
    return left.compareTo(REPORT_TIMEOUT) < 0 ? left : REPORT_TIMEOUT;
  }

  /** Never negative. */
  private Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - ticker.getAsLong()));
  }
}
