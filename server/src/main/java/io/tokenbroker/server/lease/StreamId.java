package io.tokenbroker.server.lease;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names the stream that renews a lease, on whatever broker: 32 hexadecimal digits, or none. */
public record StreamId(String value) {
  /** Of a lease that its holder renews. */
  public static final StreamId NONE = new StreamId("");

  private static final int BYTES = 16;

  public static StreamId random(SecureRandom random) {
    byte[] bits = new byte[BYTES];
    random.nextBytes(bits);
    return new StreamId(HexFormat.of().formatHex(bits));
  }

  public boolean isNone() {
    return value.isEmpty();
  }
}
