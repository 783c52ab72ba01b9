package io.tokenbroker.client.tls;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A PEM file as it was when it was read. Immutable.
 *
 * @param name of the setting that says where it is, for messages
 * @param text may hold a private key
 */
public record PemFile(String name, Path path, String text) {
  private static final int MOST_BYTES = 1 << 20;

  /**
   * @throws TlsException if it can't be read or is larger than 1 MiB
   */
  public static PemFile read(String name, Path path) throws TlsException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new TlsException(name + " " + path + " is larger than 1 MiB: not a PEM file");
      }
      return new PemFile(name, path, new String(bytes, StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      throw new TlsException(name + " " + path + " does not exist");
    } catch (IOException e) {
      throw new TlsException(name + " " + path + " cannot be read: " + reason(e));
    }
  }

  private static String reason(IOException e) {
    String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName().replace("Exception", "") : reason;
  }

  /** At least one, in the order of the file. */
  public List<X509Certificate> certificates() throws TlsException {
    if (!text.contains("-----BEGIN CERTIFICATE-----")) {
      throw wrong("holds no certificate (-----BEGIN CERTIFICATE-----)");
    }
    try {
      return List.of(CertificateUtils.getX509Certificates(in()));
    } catch (GeneralSecurityException e) {
      throw wrong("holds a certificate that is damaged: " + e.getMessage());
    }
  }

  PrivateKey privateKey() throws TlsException {
    if (text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
      throw wrong("is encrypted; decrypt it with openssl pkcs8 -in OLD -out NEW");
    }
    if (!text.contains("-----BEGIN PRIVATE KEY-----")) {
      throw wrong(
          text.contains("PRIVATE KEY-----")
              ? "is not in PKCS #8; convert it with openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"
              : "holds no key (-----BEGIN PRIVATE KEY-----)");
    }
    try {
      return CertificateUtils.getPrivateKey(in());
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw wrong("holds a key that is damaged or of an unknown kind; RSA and EC are known");
    }
  }

  /** Says what is wrong with it. */
  public TlsException wrong(String what) {
    return new TlsException(name + " " + path + " " + what);
  }

  private InputStream in() {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Holds a key perhaps. */
  @Override
  public String toString() {
    return name + " " + path;
  }
}
