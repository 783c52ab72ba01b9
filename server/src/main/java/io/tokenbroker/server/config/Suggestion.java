package io.tokenbroker.server.config;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what a misspelt name was meant to be. */
final class Suggestion {
  private static final int MAX_LENGTH = 64;
  private static final int MAX_DISTANCE = 3;
  private static final int MIN_ABBREVIATION = 4;

  private Suggestion() {}

  /** The known name with the fewest differing characters, if they are few. */
  static Optional<String> near(String name, Stream<String> known) {
    if (name.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String plain = normal(name);
    int limit = Math.min(MAX_DISTANCE, plain.length() / 3);
    return known
        .filter(candidate -> distance(plain, normal(candidate)) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(plain, normal(candidate))));
  }

  private static String normal(String name) {
    return name.toLowerCase(Locale.ROOT).replace('-', '_').replaceFirst("^tokenbroker_", "");
  }

  /** Levenshtein's, but an abbreviation is near. */
  private static int distance(String a, String b) {
    if (a.length() >= MIN_ABBREVIATION && b.startsWith(a)) {
      return 1;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
