package io.tokenbroker.client.cli.importing;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** How the secrets stand in a file. */
public enum ImportFormat {
  /** By the file's name, else by its first line. */
  AUTO,
  /** One secret per line; blank lines and lines that start with # are skipped. */
  LINES,
  /** Comma-separated, with a header that names the columns. */
  CSV,
  /** One JSON object per line. */
  JSONL,
  /** {@code NAME=VALUE} lines. */
  ENV;

  private static final Pattern ASSIGNMENT =
      Pattern.compile("(export\\s+)?[A-Z][A-Z0-9_]*\\s*=\\s*\\S.*");

  /**
   * What AUTO means for a file of this name, if the name tells.
   *
   * @param name the last part of the path
   */
  static Optional<ImportFormat> ofName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".csv")) {
      return Optional.of(CSV);
    }
    if (lower.endsWith(".jsonl") || lower.endsWith(".ndjson")) {
      return Optional.of(JSONL);
    }
    if (lower.endsWith(".env") || lower.startsWith(".env.")) {
      return Optional.of(ENV);
    }
    return Optional.empty();
  }

  /**
   * What AUTO means for a file whose name does not tell.
   *
   * @param line the first line that is neither blank nor a comment
   * @return empty if it looks like a .env file, which is never guessed: the whole line could be
   *     meant as the secret
   */
  static Optional<ImportFormat> ofFirstLine(String line) {
    String text = line.strip();
    if (text.startsWith("{") || text.startsWith("[")) {
      return Optional.of(JSONL);
    }
    for (String column : text.split(",", -1)) {
      String name = column.strip().replace("\"", "").toLowerCase(Locale.ROOT);
      if (Set.of("secret", "token").contains(name)) {
        return Optional.of(CSV);
      }
    }
    return ASSIGNMENT.matcher(text).matches() ? Optional.empty() : Optional.of(LINES);
  }
}
