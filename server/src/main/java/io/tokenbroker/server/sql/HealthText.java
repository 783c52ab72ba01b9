package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Scope;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Health as a column keeps it, one fact to a line: {@code forbidden COUNT}, {@code cooldown STRIKES
 * UNTIL fixed|delay SCOPE} (a scope has no line breaks, but may have spaces), {@code quarantine
 * SINCE PROBE-DELAY PROBE-TIME PROBE-TURN}.
 */
final class HealthText {
  private HealthText() {}

  /** Null if there is nothing to keep. */
  static @Nullable String write(Health health) {
    List<String> lines = new ArrayList<>();
    if (health.forbidden() > 0) {
      lines.add("forbidden " + health.forbidden());
    }
    health
        .cooldowns()
        .forEach(
            (scope, cooldown) ->
                lines.add(
                    "cooldown "
                        + cooldown.strikes()
                        + (" " + cooldown.until() + (cooldown.fixed() ? " fixed " : " delay "))
                        + scope));
    Quarantine quarantine = health.quarantine();
    if (quarantine != null) {
      lines.add(
          "quarantine "
              + quarantine.since()
              + (" " + quarantine.probeDelay() + " " + quarantine.probeTime())
              + (" " + quarantine.probeTurn()));
    }
    return lines.isEmpty() ? null : String.join("\n", lines);
  }

  /** Throws IllegalArgumentException if that is none. */
  static Health read(@Nullable String text) {
    if (text == null) {
      return Health.GOOD;
    }
    int forbidden = 0;
    Map<Scope, Cooldown> cooldowns = new HashMap<>();
    Quarantine quarantine = null;
    for (String line : text.split("\n", -1)) {
      try {
        String[] words = line.split(" ", 5);
        switch (words[0]) {
          case "forbidden" -> forbidden = Integer.parseInt(words[1]);
          case "cooldown" ->
              cooldowns.put(
                  new Scope(words[4]),
                  new Cooldown(
                      Integer.parseInt(words[1]), Instant.parse(words[2]), isFixed(words[3])));
          case "quarantine" ->
              quarantine =
                  new Quarantine(
                      Instant.parse(words[1]),
                      Duration.parse(words[2]),
                      Instant.parse(words[3]),
                      Long.parseLong(words[4]));
          default -> throw new IllegalArgumentException("is no fact that there is");
        }
      } catch (IllegalArgumentException | DateTimeException | IndexOutOfBoundsException e) {
        throw new IllegalArgumentException("unreadable health", e);
      }
    }
    return new Health(forbidden, cooldowns, quarantine);
  }

  private static boolean isFixed(String word) {
    return switch (word) {
      case "fixed" -> true;
      case "delay" -> false;
      default -> throw new IllegalArgumentException("is neither fixed nor a delay");
    };
  }
}
