package io.tokenbroker.server.fleet;

/**
 * The partition of an account, the same in every version and language: FNV-1a with 64 bits (Fowler,
 * Noll, Vo; RFC 9923) over the account in UTF-8, then MurmurHash3's finaliser fmix64 (Appleby), for
 * FNV mixes its last bytes badly into the lower bits; of that the lower 10 bits.
 */
public final class Partitions {
  public static final int COUNT = 1024;

  private static final long BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private Partitions() {}

  public static int of(String account) {
    return (int) (mixed(hash(BASIS, account)) & (COUNT - 1));
  }

  /**
   * Goes on with a hash; allocates nothing. A surrogate alone counts as "?", as Java encodes it.
   */
  static long hash(long before, String text) {
    long hash = before;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        hash = octet(hash, c);
      } else if (c < 0x800) {
        hash = tail(octet(hash, 0xc0 | (c >> 6)), c);
      } else if (!Character.isSurrogate(c)) {
        hash = tail(tail(octet(hash, 0xe0 | (c >> 12)), c >> 6), c);
      } else if (isPair(text, i)) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        hash = octet(hash, 0xf0 | (point >> 18));
        hash = tail(tail(tail(hash, point >> 12), point >> 6), point);
      } else {
        hash = octet(hash, '?');
      }
    }
    return hash;
  }

  private static boolean isPair(String text, int i) {
    return i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
  }

  /** An octet that is not the first one of a character: its lower six bits count. */
  private static long tail(long hash, int bits) {
    return octet(hash, 0x80 | (bits & 0x3f));
  }

  private static long octet(long hash, int octet) {
    return (hash ^ octet) * PRIME;
  }

  /** From 64 bits to 64 bits, each of which depends on all. */
  static long mixed(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
