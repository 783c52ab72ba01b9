package io.tokenbroker.client.tls;

import io.grpc.util.AdvancedTlsX509KeyManager;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * Who one end is, as the files told when they were read; not yet looked into. Immutable.
 *
 * @param cert its certificate, then those between it and its CA
 * @param key its private key
 */
public record PemIdentity(PemFile cert, PemFile key) {
  /**
   * @param certName of the setting that says where the file is, for messages
   */
  public static PemIdentity read(String certName, Path cert, String keyName, Path key)
      throws TlsException {
    return new PemIdentity(PemFile.read(certName, cert), PemFile.read(keyName, key));
  }

  /**
   * @throws TlsException if the other end would not take it: damaged, expired, not a pair
   */
  public Checked checked(Instant now) throws TlsException {
    List<X509Certificate> chain = cert.certificates();
    checkTime(chain.get(0), now);
    PrivateKey secret = key.privateKey();
    checkPair(chain.get(0), secret);
    return new Checked(chain, secret);
  }

  private void checkTime(X509Certificate certificate, Instant now) throws TlsException {
    try {
      certificate.checkValidity(Date.from(now));
    } catch (CertificateExpiredException e) {
      throw cert.wrong("expired at " + certificate.getNotAfter().toInstant());
    } catch (CertificateNotYetValidException e) {
      throw cert.wrong("is not valid before " + certificate.getNotBefore().toInstant());
    }
  }

  private void checkPair(X509Certificate certificate, PrivateKey secret) throws TlsException {
    try {
      byte[] probe = certificate.getTBSCertificate();
      String algorithm =
          secret.getAlgorithm().equals("EC")
              ? "SHA256withECDSA"
              : "SHA256with" + secret.getAlgorithm();
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(secret);
      signer.update(probe);
      byte[] signed = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(certificate.getPublicKey());
      verifier.update(probe);
      if (verifier.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      // of another kind than the certificate's
    }
    throw key.wrong("is not the key of the certificate in " + cert.path());
  }

  /** Good for use. */
  public record Checked(List<X509Certificate> chain, PrivateKey key) {
    public void update(AdvancedTlsX509KeyManager manager) throws GeneralSecurityException {
      manager.updateIdentityCredentials(chain.toArray(X509Certificate[]::new), key);
    }
  }
}
