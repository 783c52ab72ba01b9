package io.tokenbroker.server.sql;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.SQLDialect;

/**
 * Finds what limits the rows of a whole SELECT that the database has accepted: a LIMIT or FETCH
 * outside of parentheses. Both words are reserved, so that they are nothing else there unless
 * quoted or after a dot.
 */
final class RowLimit {
  private static final Set<String> WORDS = Set.of("LIMIT", "FETCH");

  private static final String REST = "|/\\*.*?\\*/|[\\p{L}\\p{N}_$]+|[().]";
  private static final Pattern SQLITE =
      Pattern.compile("'[^']*'|\"[^\"]*\"|`[^`]*`|--[^\n]*" + REST, Pattern.DOTALL);
  private static final Pattern MYSQL =
      Pattern.compile(
          "'(?:[^'\\\\]++|\\\\.)*+'|\"(?:[^\"\\\\]++|\\\\.)*+\"|`[^`]*`"
              + "|#[^\n]*|--(?=\\s|\\z)[^\n]*"
              + REST,
          Pattern.DOTALL);

  private RowLimit() {}

  /** The word in upper case; empty if there is none. */
  static Optional<String> of(String query, SQLDialect dialect) {
    Matcher parts = (dialect == SQLDialect.SQLITE ? SQLITE : MYSQL).matcher(query);
    int depth = 0;
    boolean afterDot = false;
    while (parts.find()) {
      String part = parts.group().toUpperCase(Locale.ROOT);
      if (depth == 0 && !afterDot && WORDS.contains(part)) {
        return Optional.of(part);
      }
      depth += part.equals("(") ? 1 : part.equals(")") ? -1 : 0;
      afterDot = part.equals(".");
    }
    return Optional.empty();
  }
}
