package io.tokenbroker.server;

import io.tokenbroker.client.tls.PemFile;
import io.tokenbroker.client.tls.TlsException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What the certificate of who is called by HTTPS is held against, instead of what Java trusts. */
final class TrustedCas {
  private TrustedCas() {}

  /**
   * @param setting that names the file, for what is said of it
   * @param file with certificates in PEM
   */
  static SSLContext of(String setting, Path file) throws TlsException {
    PemFile pem = PemFile.read(setting, file);
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (X509Certificate ca : pem.certificates()) {
        store.setCertificateEntry(String.valueOf(store.size()), ca);
      }
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trusted.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw pem.wrong("can't be used: " + e.getMessage());
    }
  }
}
