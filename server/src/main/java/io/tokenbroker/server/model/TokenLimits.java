package io.tokenbroker.server.model;

import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What may be handed out of one token at most; everything holds together.
 *
 * @param maxConcurrent how many turns may be in use at once; 0 means any number
 * @param headroomPercent the share of rates and quotas that is kept for the token's owner, 0 to 99
 */
public record TokenLimits(
    List<RateLimit> rates, List<Quota> quotas, int maxConcurrent, int headroomPercent) {
  public static final int MAX_RATES = 8;
  public static final int MAX_QUOTAS = 4;
  public static final int MAX_CONCURRENT = 1_000_000;
  public static final TokenLimits NONE = new TokenLimits(List.of(), List.of(), 0, 0);

  public TokenLimits {
    rates = List.copyOf(rates);
    quotas = List.copyOf(quotas);
    require(rates.size() <= MAX_RATES, "rates must have at most " + MAX_RATES + " elements");
    require(quotas.size() <= MAX_QUOTAS, "quotas must have at most " + MAX_QUOTAS + " elements");
    Set<Duration> windows = new HashSet<>();
    rates.forEach(r -> require(windows.add(r.window()), "rates must have different windows"));
    require(
        maxConcurrent >= 0 && maxConcurrent <= MAX_CONCURRENT,
        "max_concurrent must be 0 to " + MAX_CONCURRENT);
    require(headroomPercent >= 0 && headroomPercent <= 99, "headroom_percent must be 0 to 99");
  }

  /** What is left of a count without the headroom: rounded down, but at least 1. */
  public long usable(long count) {
    return Math.max(1, count - (long) Math.ceil(count * (headroomPercent / 100.0)));
  }

  /** At most {@code count} turns in any span of time of the length of {@code window}. */
  public record RateLimit(long count, Duration window) {
    public static final long MAX_COUNT = 1_000_000_000;
    public static final Duration MIN_WINDOW = Duration.ofMillis(1);
    public static final Duration MAX_WINDOW = Duration.ofDays(31);

    public RateLimit {
      require(count >= 1 && count <= MAX_COUNT, "count must be 1 to " + MAX_COUNT);
      require(
          window.compareTo(MIN_WINDOW) >= 0 && window.compareTo(MAX_WINDOW) <= 0,
          "window must be 1 ms to 31 days");
    }
  }

  public enum Period {
    DAY,
    MONTH
  }

  /**
   * At most {@code count} turns from one reset to the next.
   *
   * @param resetDay of the month, 1 to 31, for {@link Period#MONTH}; a shorter month resets on its
   *     last day
   */
  public record Quota(long count, Period period, ZoneId zone, LocalTime resetTime, int resetDay) {
    public static final long MAX_COUNT = 1_000_000_000_000L;

    public Quota {
      require(count >= 1 && count <= MAX_COUNT, "count must be 1 to " + MAX_COUNT);
      require(resetDay >= 1 && resetDay <= 31, "reset_day_of_month must be 1 to 31");
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
