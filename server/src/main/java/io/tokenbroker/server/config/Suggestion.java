package io.tokenbroker.server.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what a misspelt name was meant to be. */
final class Suggestion {
  private static final int MAX_LENGTH = 64;
  private static final int MAX_DISTANCE = 3;
  private static final int MIN_ABBREVIATION = 4;
  private static final String PREFIX = "tokenbroker_";

  /** What may be meant, by what is compared. */
  private final Map<String, String> known = new LinkedHashMap<>();

  Suggestion(Stream<String> names) {
    names.forEach(name -> known.putIfAbsent(normal(name), name));
  }

  /** The known name with the fewest differing characters, if they are few. */
  Optional<String> near(String name) {
    if (name.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String plain = normal(name);
    int least = Math.min(MAX_DISTANCE, plain.length() / 3) + 1;
    String nearest = null;
    for (Map.Entry<String, String> one : known.entrySet()) {
      int distance = distance(plain, one.getKey(), least);
      if (distance < least) {
        least = distance;
        nearest = one.getValue();
      }
    }
    return Optional.ofNullable(nearest);
  }

  private static String normal(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replace('-', '_');
    return plain.startsWith(PREFIX) ? plain.substring(PREFIX.length()) : plain;
  }

  /** Levenshtein's, but an abbreviation is near; the bound if it is not less. */
  private static int distance(String a, String b, int bound) {
    if (a.length() >= MIN_ABBREVIATION && b.startsWith(a)) {
      return 1;
    }
    if (Math.abs(a.length() - b.length()) >= bound) {
      return bound;
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
