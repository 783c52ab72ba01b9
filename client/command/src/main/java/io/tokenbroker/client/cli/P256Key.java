package io.tokenbroker.client.cli;

import java.io.ByteArrayOutputStream;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;

/** A private key of P-256 in PKCS #8, as OpenSSL writes it. */
final class P256Key {
  private static final int SCALAR_BYTES = 32;
  private static final int POINT_BYTES = 65;
  private static final byte[] BEFORE_SCALAR =
      HexFormat.of()
          .parseHex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420");
  private static final byte[] BEFORE_POINT = HexFormat.of().parseHex("a144034200");

  private P256Key() {}

  /** With the public key, which the JDK leaves out, and without which Rust's ring takes none. */
  static byte[] withPublicKey(ECPrivateKey secret, PublicKey known) {
    byte[] scalar = secret.getS().toByteArray();
    byte[] encoded = known.getEncoded();
    ByteArrayOutputStream der = new ByteArrayOutputStream();
    der.writeBytes(BEFORE_SCALAR);
    // its sign takes a byte more, small numbers take fewer
    for (int i = scalar.length - SCALAR_BYTES; i < scalar.length; i++) {
      der.write(i < 0 ? 0 : scalar[i]);
    }
    der.writeBytes(BEFORE_POINT);
    der.writeBytes(Arrays.copyOfRange(encoded, encoded.length - POINT_BYTES, encoded.length));
    return der.toByteArray();
  }
}
