package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Usage.Charge;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Usage as a column keeps it, one limit to a line: {@code LIMIT TIME COUNT TIME COUNT …}; the name
 * of a limit has no spaces.
 */
final class UsageText {
  private UsageText() {}

  /** Null if there is nothing to keep. */
  static @Nullable String write(List<Usage> usages) {
    List<String> lines = new ArrayList<>();
    for (Usage usage : usages) {
      StringBuilder line = new StringBuilder(usage.limit());
      usage.charges().forEach(c -> line.append(' ').append(c.time()).append(' ').append(c.count()));
      lines.add(line.toString());
    }
    return lines.isEmpty() ? null : String.join("\n", lines);
  }

  /** Throws IllegalArgumentException if that is none. */
  static List<Usage> read(@Nullable String text) {
    List<Usage> usages = new ArrayList<>();
    if (text == null) {
      return usages;
    }
    for (String line : text.split("\n", -1)) {
      String[] words = line.split(" ", -1);
      List<Charge> charges = new ArrayList<>();
      try {
        for (int i = 1; i < words.length; i += 2) {
          charges.add(new Charge(Instant.parse(words[i]), Long.parseLong(words[i + 1])));
        }
      } catch (IllegalArgumentException | DateTimeException | IndexOutOfBoundsException e) {
        throw new IllegalArgumentException("unreadable usage", e);
      }
      usages.add(new Usage(words[0], charges));
    }
    return usages;
  }
}
