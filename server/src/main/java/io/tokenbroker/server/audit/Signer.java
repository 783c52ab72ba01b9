package io.tokenbroker.server.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;
import java.util.Set;

/** Signs with Ed25519, under a key in a file of mode 0600. Prints no key. */
final class Signer {
  private static final String ALGORITHM = "Ed25519";
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private final PrivateKey key;
  private final String publicKey;

  private Signer(PrivateKey key, String publicKey) {
    this.key = key;
    this.publicKey = publicKey;
  }

  /** Reads the key, or makes it, with its public half beside it as {@code .pub}. */
  static Signer open(Path file) throws AuditStartException {
    try {
      if (!Files.exists(file)) {
        make(file);
      }
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
      if (mode.stream().anyMatch(OTHERS::contains)) {
        throw new AuditStartException(
            "the audit key " + file + " can be read by others; chmod 600 it");
      }
      return read(file);
    } catch (IOException e) {
      throw new AuditStartException("the audit key " + file + " cannot be read or made", e);
    }
  }

  private static void make(Path file) throws IOException {
    KeyPair pair;
    try {
      pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    String open = Pem.block("PUBLIC KEY", pair.getPublic().getEncoded());
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      return;
    }
    Files.writeString(file, Pem.block("PRIVATE KEY", pair.getPrivate().getEncoded()) + open);
    Files.writeString(
        Path.of(file + ".pub"),
        open,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static Signer read(Path file) throws IOException, AuditStartException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    try {
      return new Signer(Pem.privateKey(text), Pem.publicKey(text));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new AuditStartException(
          "the audit key " + file + " must hold an Ed25519 PRIVATE KEY and its PUBLIC KEY, in PEM",
          e);
    }
  }

  /** SubjectPublicKeyInfo in base64. */
  String publicKey() {
    return publicKey;
  }

  String sign(String text) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(key);
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
