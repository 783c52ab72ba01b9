package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Limits as a column keeps them, one to a line, so that a person can write them too: {@code rate
 * COUNT WINDOW}, {@code quota COUNT DAY|MONTH DAY-OF-MONTH HH:MM ZONE}, {@code concurrent COUNT},
 * {@code headroom PERCENT}.
 */
final class LimitsText {
  private LimitsText() {}

  static @Nullable String write(@Nullable TokenLimits limits) {
    if (limits == null) {
      return null;
    }
    List<String> lines = new ArrayList<>();
    limits.rates().forEach(rate -> lines.add("rate " + rate.count() + " " + rate.window()));
    for (Quota quota : limits.quotas()) {
      lines.add(
          "quota "
              + quota.count()
              + (" " + quota.period() + " " + quota.resetDay())
              + (" " + quota.resetTime() + " " + quota.zone().getId()));
    }
    lines.add("concurrent " + limits.maxConcurrent());
    lines.add("headroom " + limits.headroomPercent());
    return String.join("\n", lines);
  }

  /** Throws IllegalArgumentException, also for limits that can't be. */
  static @Nullable TokenLimits read(@Nullable String text) {
    if (text == null) {
      return null;
    }
    List<RateLimit> rates = new ArrayList<>();
    List<Quota> quotas = new ArrayList<>();
    int concurrent = 0;
    int headroom = 0;
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split(" +", -1);
      try {
        switch (words[0] + "/" + words.length) {
          case "rate/3" ->
              rates.add(new RateLimit(Long.parseLong(words[1]), Duration.parse(words[2])));
          case "quota/6" -> quotas.add(quota(words));
          case "concurrent/2" -> concurrent = Integer.parseInt(words[1]);
          case "headroom/2" -> headroom = Integer.parseInt(words[1]);
          case "/1" -> {}
          default -> throw new IllegalArgumentException("is none of those that there are");
        }
      } catch (IllegalArgumentException | DateTimeException e) {
        throw new IllegalArgumentException("has an unreadable limit: " + words[0], e);
      }
    }
    return new TokenLimits(rates, quotas, concurrent, headroom);
  }

  private static Quota quota(String[] words) {
    return new Quota(
        Long.parseLong(words[1]),
        Period.valueOf(words[2]),
        ZoneId.of(words[5]),
        LocalTime.parse(words[4]),
        Integer.parseInt(words[3]));
  }
}
