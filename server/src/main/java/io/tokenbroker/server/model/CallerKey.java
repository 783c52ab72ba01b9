package io.tokenbroker.server.model;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A bearer key of a caller, without the key itself.
 *
 * @param id 16 hexadecimal digits
 * @param name whose it is
 * @param hash SHA-256 of the key, in hexadecimal digits
 * @param expireTime from when on it is refused; never if absent
 */
public record CallerKey(
    String id, String name, String hash, Instant createTime, Optional<Instant> expireTime) {
  /** How many there may be. */
  public static final int MAX = 10_000;

  private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@/+-]{0,99}");

  /**
   * @throws IllegalArgumentException if it isn't one
   */
  public static String checkedId(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("must be 16 hexadecimal digits");
    }
    return id;
  }

  /**
   * @throws IllegalArgumentException if it isn't one
   */
  public static String checkedName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "must have 1 to 100 letters, digits and . _ @ / + -, the first one a letter or digit");
    }
    return name;
  }

  public boolean isExpired(Instant now) {
    return expireTime.map(end -> !now.isBefore(end)).orElse(false);
  }
}
