package io.tokenbroker.server.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Several names in 32 hexadecimal digits: 128 bits of SHA-256 of them, with a zero byte (which none
 * of them can have) between each two.
 */
public final class NameHash {
  static final int LENGTH = 32;

  private NameHash() {}

  public static String of(String... names) {
    byte[] bytes = String.join("\0", names).getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(hash, 0, LENGTH / 2);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
