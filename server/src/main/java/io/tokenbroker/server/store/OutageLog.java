package io.tokenbroker.server.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.model.Failures;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log why the database is not available: when that begins, when it becomes something
 * else, and when it is over. Thread-safe.
 */
final class OutageLog {
  private static final Logger log = LoggerFactory.getLogger(OutageLog.class);

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int MAX_REFUSALS = 100;
  private static final int MAX_REASONS = 100;

  private final LongSupplier ticker;

  @GuardedBy("this")
  private @Nullable Throwable told;

  /** What has been told of this outage: two reasons that take turns are told once each. */
  @GuardedBy("this")
  private final Set<String> reasons = new HashSet<>();

  @GuardedBy("this")
  private long since;

  /** When it was last told what the database refused. */
  @GuardedBy("this")
  private final Map<String, Long> refusals = new HashMap<>();

  /**
   * @param ticker monotonic nanoseconds
   */
  OutageLog(LongSupplier ticker) {
    this.ticker = ticker;
  }

  synchronized void unavailable(Throwable failure) {
    if (told == null) {
      since = ticker.getAsLong();
      reasons.clear();
    }
    told = failure;
    if (reasons.size() == MAX_REASONS || !reasons.add(Failures.text(failure))) {
      return;
    }
    log.atWarn().addKeyValue("cause", Failures.text(failure)).log("database not available");
  }

  synchronized void available() {
    if (told != null) {
      told = null;
      long millis = TimeUnit.NANOSECONDS.toMillis(ticker.getAsLong() - since);
      log.atInfo().addKeyValue("after_ms", millis).log("database available again");
    }
  }

  /** The database is there, but won't do something: once a minute for each reason. */
  synchronized void refused(Throwable failure) {
    long now = ticker.getAsLong();
    Long before = refusals.get(Failures.text(failure));
    if (before == null || now - before >= MINUTE_NANOS) {
      if (refusals.size() == MAX_REFUSALS) {
        refusals.clear();
      }
      refusals.put(Failures.text(failure), now);
      log.atWarn().addKeyValue("cause", Failures.text(failure)).log("refused by the database");
    }
  }

  /** Why it is not available; null while it is, and if nobody knows. */
  synchronized @Nullable Throwable cause() {
    return told == null ? null : told.getCause();
  }
}
