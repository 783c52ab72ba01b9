package io.tokenbroker.server.token;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A token of any account in 32 hexadecimal digits: 128 bits of SHA-256 of account, a zero byte
 * (which neither name can have) and token id.
 */
public record TokenKey(String value) implements Comparable<TokenKey> {
  static final int LENGTH = 32;

  public static TokenKey of(AccountId account, TokenId token) {
    byte[] names = (account.value() + '\0' + token.value()).getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(names);
      return new TokenKey(HexFormat.of().formatHex(hash, 0, LENGTH / 2));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int compareTo(TokenKey other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
