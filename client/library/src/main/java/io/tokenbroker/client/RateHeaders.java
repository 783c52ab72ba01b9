package io.tokenbroker.client;

import io.tokenbroker.v1.UpstreamBudget;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of an answer say about limits; see {@link HttpReports}.
 *
 * @param retryAfter how long to wait, if the upstream says so
 * @param budgets what is left and until when, as far as it is told
 */
record RateHeaders(Optional<Duration> retryAfter, List<Budget> budgets) {
  private static final long MOST_REMAINING = 1L << 53;
  private static final Pattern COUNT = Pattern.compile("[0-9]{1,16}");
  private static final Pattern PARAMETER =
      Pattern.compile(";\\s*([a-z*][a-z0-9_.*-]*)\\s*=\\s*([0-9.]+)");

  /**
   * @param remaining null if it was not told
   * @param resetIn null if it was not told
   */
  record Budget(@Nullable Long remaining, @Nullable Duration resetIn) {
    /** For the broker; empty if half of it is unknown, or the reset is due as it is told. */
    Optional<UpstreamBudget> told(Instant now) {
      if (remaining == null || resetIn == null || resetIn.isZero()) {
        return Optional.empty();
      }
      return Optional.of(
          UpstreamBudget.newBuilder()
              .setRemaining(remaining)
              .setResetTime(Messages.timestamp(now.plus(resetIn)))
              .build());
    }
  }

  static RateHeaders read(HttpHeaders headers, Instant now) {
    Instant upstreamNow = headers.firstValue("Date").flatMap(HttpTimes::date).orElse(now);
    List<Budget> budgets = new ArrayList<>();
    for (String prefix : List.of("X-RateLimit-", "RateLimit-")) {
      add(
          budgets,
          count(headers.firstValue(prefix + "Remaining").orElse("").strip()),
          reset(headers.firstValue(prefix + "Reset").orElse("").strip(), upstreamNow));
    }
    for (String line : headers.allValues("RateLimit")) {
      for (String item : items(line)) {
        structured(item, budgets);
      }
    }
    return new RateHeaders(
        headers
            .firstValue("Retry-After")
            .flatMap(text -> HttpTimes.delay(text.strip(), upstreamNow)),
        List.copyOf(budgets));
  }

  /** Those with nothing left. */
  List<Budget> spent() {
    return budgets.stream()
        .filter(budget -> budget.remaining() != null && budget.remaining() == 0)
        .toList();
  }

  /** One item of the list {@code "policy";r=50;t=30}; its name does not matter. */
  private static void structured(String item, List<Budget> budgets) {
    Long remaining = null;
    Duration resetIn = null;
    Matcher parameter = PARAMETER.matcher(item.replaceAll("\"(?:[^\"\\\\]|\\\\.)*\"", ""));
    while (parameter.find()) {
      if (parameter.group(1).equals("r")) {
        remaining = count(parameter.group(2));
      } else if (parameter.group(1).equals("t")) {
        resetIn = reset(parameter.group(2), Instant.EPOCH);
      }
    }
    add(budgets, remaining, resetIn);
  }

  /** Splits at the commas that are outside of quotes. */
  private static List<String> items(String line) {
    List<String> items = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        items.add(line.substring(from, i));
        from = i + 1;
      }
    }
    items.add(line.substring(from));
    return items;
  }

  private static void add(
      List<Budget> budgets, @Nullable Long remaining, @Nullable Duration resetIn) {
    if (remaining != null || resetIn != null) {
      budgets.add(new Budget(remaining, resetIn));
    }
  }

  private static @Nullable Long count(String text) {
    if (!COUNT.matcher(text).matches()) {
      return null;
    }
    long count = Long.parseLong(text);
    return count <= MOST_REMAINING ? count : null;
  }

  private static @Nullable Duration reset(String text, Instant upstreamNow) {
    return HttpTimes.reset(text, upstreamNow).orElse(null);
  }
}
