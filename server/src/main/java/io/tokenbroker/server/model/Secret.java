package io.tokenbroker.server.model;

import java.nio.charset.StandardCharsets;

/**
 * The value of a token: 1 byte to 64 KiB of UTF-8, not blank; or one that can't be read. It never
 * prints itself.
 */
public final class Secret {
  /** In bytes of UTF-8. */
  public static final int MAX_BYTES = 64 * 1024;

  private final String value;
  private final int bytes;

  public Secret(String value) {
    // also what Unicode has of spaces and of characters that nobody sees, such as a byte order mark
    if (value.codePoints().allMatch(Secret::isInvisible)) {
      throw new IllegalArgumentException("must not be blank");
    }
    // a char takes at least one byte: spare encoding what is far too long
    bytes =
        value.length() > MAX_BYTES ? value.length() : value.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException("must have at most 64 KiB");
    }
    this.value = value;
  }

  private Secret() {
    value = "";
    bytes = 0;
  }

  /** That of a token whose secret is encrypted and can't be read; equals no other. */
  public static Secret unreadable() {
    return new Secret();
  }

  /** Whether there is a value; only a token with one may be handed out. */
  public boolean isReadable() {
    return bytes > 0;
  }

  private static boolean isInvisible(int character) {
    return Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || Character.isISOControl(character)
        || Character.getType(character) == Character.FORMAT;
  }

  /**
   * The only way to the value; who calls this must not log, trace or throw it.
   *
   * @throws IllegalStateException if it is unreadable
   */
  public String reveal() {
    if (!isReadable()) {
      throw new IllegalStateException("an unreadable secret");
    }
    return value;
  }

  /** The size of the value in bytes of UTF-8. */
  public int bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof Secret secret && isReadable() && secret.value.equals(value));
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "Secret[redacted]";
  }
}
