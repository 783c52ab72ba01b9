package io.tokenbroker.server.model;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Names a lease: 64 hexadecimal digits, of which the first 32 tell the token, so that a lease is
 * found without any index, the next three its account's partition, so that a fleet finds the owner,
 * and the others are random, so that nobody guesses it. Where it is known who calls, half of these
 * are random, and the others a hash of them and the caller: so it tells, without looking anything
 * up, whether it is a caller's own.
 */
public record LeaseId(String value) {
  private static final int LENGTH = 64;

  /** Digits of the partition, behind the token. */
  private static final int PARTITION = 3;

  private static final int PARTITIONS = 1024;

  /** Of the digits behind the token, half. */
  private static final int TAG = 48;

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

  /**
   * @param caller whose lease it is to be; empty where nobody is asked
   * @param partition of the token's account, 0 to 1023
   */
  public static LeaseId random(TokenKey token, SecureRandom random, String caller, int partition) {
    String any = random(token, random).value;
    String placed =
        token.value()
            + HexFormat.of().toHexDigits(partition, PARTITION)
            + any.substring(TokenKey.LENGTH + PARTITION);
    String untagged = placed.substring(0, TAG);
    return new LeaseId(caller.isEmpty() ? placed : untagged + tag(untagged, caller));
  }

  /**
   * In which partition the account of a lease is; any if the id was made before there were
   * partitions; -1 if it is none.
   */
  public static int partition(String id) {
    if (id.length() != LENGTH) {
      return -1;
    }
    int partition = 0;
    for (int i = TokenKey.LENGTH; i < TokenKey.LENGTH + PARTITION; i++) {
      int digit = Character.digit(id.charAt(i), 16);
      if (digit < 0) {
        return -1;
      }
      partition = partition * 16 + digit;
    }
    return partition % PARTITIONS;
  }

  private static String tag(String untagged, String caller) {
    return NameHash.of(untagged, caller).substring(0, LENGTH - TAG);
  }

  /** Whether it was made for this caller; empty stands for any. */
  public boolean isOf(String caller) {
    return caller.isEmpty() || value.endsWith(tag(value.substring(0, TAG), caller));
  }

  public TokenKey token() {
    return new TokenKey(value.substring(0, TokenKey.LENGTH));
  }

  @Override
  public String toString() {
    return value;
  }
}
