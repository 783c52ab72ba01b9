package io.tokenbroker.server.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Where a chain of lines stands. Each line carries its number and the hash of the whole line before
 * it, so that none can be changed, left out or moved without all behind it.
 *
 * @param seq the number of the newest line, 0 before the first
 * @param hash SHA-256 of the newest line, without its end, in base64url; empty before the first
 */
record Chain(long seq, String hash) {
  static final Chain START = new Chain(0, "");

  /** The next line, with its end. */
  byte[] line(String fields) {
    return ("{\"seq\":" + (seq + 1) + "," + fields + ",\"prev\":\"" + hash + "\"}\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** After a line that {@link #line} made. */
  Chain after(byte[] line) {
    return new Chain(seq + 1, hash(line, line.length - 1));
  }

  static String hash(byte[] line, int length) {
    MessageDigest digest = sha256();
    digest.update(line, 0, length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a head signs: the place, and through the hash all that stands before it. */
  String head() {
    return "tokenbroker audit head 1 " + (seq + 1) + " " + hash;
  }
}
