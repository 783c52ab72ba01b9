package io.tokenbroker.server.model;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Names a lease: 64 hexadecimal digits, of which the first 32 tell the token, so that a lease is
 * found without any index, and the others are random, so that nobody guesses it.
 */
public record LeaseId(String value) {
  private static final int LENGTH = 64;

  public LeaseId {
    if (value.length() != LENGTH
        || !value.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      throw new IllegalArgumentException("is not one that AcquireLease or StreamLeases returned");
    }
  }

  public static LeaseId random(TokenKey token, SecureRandom random) {
    byte[] bits = new byte[(LENGTH - TokenKey.LENGTH) / 2];
    random.nextBytes(bits);
    return new LeaseId(token.value() + HexFormat.of().formatHex(bits));
  }

  public TokenKey token() {
    return new TokenKey(value.substring(0, TokenKey.LENGTH));
  }

  @Override
  public String toString() {
    return value;
  }
}
