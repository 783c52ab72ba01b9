package io.tokenbroker.server.alert;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What alerts are signed with, as Standard Webhooks has it: HMAC-SHA256 over id, time and body.
 * Immutable; prints no key.
 */
public final class SigningKeys {
  private static final String PREFIX = "whsec_";
  private static final String HMAC = "HmacSHA256";
  private static final int MIN_BYTES = 24;
  private static final int MAX_BYTES = 64;
  private static final int MOST = 2;

  private final List<SecretKeySpec> keys;

  private SigningKeys(List<SecretKeySpec> keys) {
    this.keys = keys;
  }

  /**
   * @param text {@code whsec_} and a key of 24 to 64 bytes in base64; two, with a space between
   *     them, while receivers change from one to the other
   * @throws IllegalArgumentException if it is none; its message does not show it
   */
  public static SigningKeys parse(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length > MOST) {
      throw new IllegalArgumentException();
    }
    return new SigningKeys(Arrays.stream(parts).map(SigningKeys::key).toList());
  }

  private static SecretKeySpec key(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException();
    }
    byte[] key;
    try {
      key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("no base64", null);
    }
    if (key.length < MIN_BYTES || key.length > MAX_BYTES) {
      throw new IllegalArgumentException();
    }
    return new SecretKeySpec(key, HMAC);
  }

  /**
   * The header {@code webhook-signature}.
   *
   * @param seconds since 1970, as in {@code webhook-timestamp}
   */
  String sign(String id, long seconds, String body) {
    byte[] content = (id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8);
    return keys.stream().map(key -> "v1," + sign(key, content)).collect(Collectors.joining(" "));
  }

  private static String sign(SecretKeySpec key, byte[] content) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      return Base64.getEncoder().encodeToString(mac.doFinal(content));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  @Override
  public String toString() {
    return "[redacted]";
  }
}
