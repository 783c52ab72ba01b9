package io.tokenbroker.server.audit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ed25519 keys in PEM. */
final class Pem {
  private static final String ALGORITHM = "Ed25519";
  private static final int LINE = 64;

  private Pem() {}

  static String block(String kind, byte[] der) {
    String base64 = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
  }

  static PrivateKey privateKey(String text) throws GeneralSecurityException {
    return KeyFactory.getInstance(ALGORITHM)
        .generatePrivate(new PKCS8EncodedKeySpec(der(text, "PRIVATE KEY")));
  }

  /** SubjectPublicKeyInfo in base64, once it is known to be one. */
  static String publicKey(String text) throws GeneralSecurityException {
    byte[] der = der(text, "PUBLIC KEY");
    PublicKey unused = key(der);
    return Base64.getEncoder().encodeToString(der);
  }

  private static PublicKey key(byte[] der) throws GeneralSecurityException {
    return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(der));
  }

  /**
   * @param publicKey as {@link #publicKey(String)} returns it
   * @return whether the signature is that key's; false also if either is no such thing
   */
  static boolean verify(String publicKey, String text, String signature) {
    try {
      Signature verifying = Signature.getInstance(ALGORITHM);
      verifying.initVerify(key(Base64.getDecoder().decode(publicKey)));
      verifying.update(text.getBytes(StandardCharsets.UTF_8));
      return verifying.verify(Base64.getDecoder().decode(signature));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }

  private static byte[] der(String text, String kind) {
    Matcher block =
        Pattern.compile("-----BEGIN " + kind + "-----([A-Za-z0-9+/=\\s]{1,4096})-----END " + kind)
            .matcher(text);
    if (!block.find()) {
      throw new IllegalArgumentException("no " + kind);
    }
    return Base64.getMimeDecoder().decode(block.group(1));
  }
}
