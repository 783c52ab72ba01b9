package io.tokenbroker.client.cli.importing;

import com.google.protobuf.Timestamp;
import io.tokenbroker.v1.NewToken;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The columns of a token as text. A column that is absent or empty has its default.
 *
 * @param values by the names of {@link #NAMES}
 */
record TokenFields(Map<String, String> values) {
  /** {@code token} is another name for {@code secret}. */
  static final Set<String> NAMES =
      Set.of("secret", "token", "label", "weight", "enabled", "expire_time");

  private static final int MAX_SECRET_BYTES = 64 * 1024;
  private static final int MAX_LABEL = 255;
  private static final int MAX_WEIGHT = 100;
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  static TokenFields ofSecret(String secret) {
    return new TokenFields(Map.of("secret", secret));
  }

  private interface Column {
    void set() throws RefusedLine;
  }

  /**
   * @throws RefusedLine if the broker would refuse the token, or nobody can mean it; tells all that
   *     is wrong
   */
  NewToken toToken() throws RefusedLine {
    NewToken.Builder token = NewToken.newBuilder();
    List<String> wrong = new ArrayList<>();
    read("secret", () -> token.setSecret(secret()), wrong);
    read("label", () -> token.setLabel(label(get("label"))), wrong);
    read("weight", () -> token.setWeight(weight(get("weight"))), wrong);
    read("enabled", () -> token.setEnabled(enabled(get("enabled"))), wrong);
    read("expire_time", () -> token.setExpireTime(expireTime(get("expire_time"))), wrong);
    if (!wrong.isEmpty()) {
      throw new RefusedLine(String.join("; ", wrong));
    }
    return token.build();
  }

  private void read(String name, Column column, List<String> wrong) {
    try {
      if (name.equals("secret") || !get(name).isEmpty()) {
        column.set();
      }
    } catch (RefusedLine e) {
      wrong.add(e.why());
    }
  }

  private static String label(String text) throws RefusedLine {
    if (text.length() > MAX_LABEL) {
      throw new RefusedLine("label has more than " + MAX_LABEL + " characters");
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new RefusedLine("label has a control character");
    }
    return text;
  }

  private String secret() throws RefusedLine {
    String secret = values.getOrDefault("secret", values.getOrDefault("token", ""));
    if (secret.codePoints().allMatch(TokenFields::isInvisible)) {
      throw new RefusedLine("secret is empty or only white space");
    }
    if (secret.getBytes(StandardCharsets.UTF_8).length > MAX_SECRET_BYTES) {
      throw new RefusedLine("secret has more than 64 KiB");
    }
    // a PEM key has line breaks; all else is a binary file, or UTF-16
    if (secret.chars().anyMatch(c -> Character.isISOControl(c) && "\n\r\t".indexOf(c) < 0)) {
      throw new RefusedLine("secret has a control character other than a tab or a line break");
    }
    return secret;
  }

  /** As the broker has it: a no-break space as well, or a byte order mark amid the file. */
  private static boolean isInvisible(int character) {
    return Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || Character.getType(character) == Character.FORMAT;
  }

  private static int weight(String text) throws RefusedLine {
    if (text.matches("[0-9]{1,3}")) {
      int weight = Integer.parseInt(text);
      if (weight >= 1 && weight <= MAX_WEIGHT) {
        return weight;
      }
    }
    throw new RefusedLine("weight must be a whole number from 1 to " + MAX_WEIGHT);
  }

  private static boolean enabled(String text) throws RefusedLine {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new RefusedLine("enabled must be true or false");
    };
  }

  private static Timestamp expireTime(String text) throws RefusedLine {
    try {
      Instant time = OffsetDateTime.parse(text).toInstant();
      if (!time.isBefore(Instant.EPOCH) && !time.isAfter(LATEST)) {
        return Timestamp.newBuilder()
            .setSeconds(time.getEpochSecond())
            .setNanos(time.getNano())
            .build();
      }
    } catch (DateTimeException e) {
      // told below
    }
    throw new RefusedLine(
        "expire_time must be a time from 1970 to 9999 such as 2030-01-31T12:00:00Z");
  }

  private String get(String name) {
    return values.getOrDefault(name, "");
  }

  /** Without the values, one of which is the secret. */
  @Override
  public String toString() {
    return "TokenFields" + values.keySet();
  }
}
