package io.tokenbroker.server.security;

import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSsl;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSslCertificateException;
import io.grpc.netty.shaded.io.netty.internal.tcnative.CertificateVerifier;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The CAs of callers, which may be replaced at any time. A caller of another CA hears "unknown CA",
 * one whose certificate is not for clients "unsupported certificate"; netty alone would say
 * "internal error".
 */
final class CallerTrust extends X509ExtendedTrustManager {
  private final AdvancedTlsX509TrustManager trusted;

  CallerTrust() throws CertificateException {
    trusted =
        AdvancedTlsX509TrustManager.newBuilder()
            .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
            .build();
  }

  void replace(List<X509Certificate> cas) throws IOException, GeneralSecurityException {
    trusted.updateTrustCredentials(cas.toArray(X509Certificate[]::new));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    try {
      trusted.checkClientTrusted(chain, authType, engine);
    } catch (CertificateException e) {
      throw told(e);
    }
  }

  private static CertificateException told(CertificateException failure) {
    if (!OpenSsl.isAvailable()) {
      return failure; // the JDK has a good answer itself, and the numbers below are not there
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathBuilderException
          || (cause instanceof CertPathValidatorException invalid && isOfAnotherCa(invalid))) {
        return told(failure, CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
      }
      if (cause instanceof CertPathValidatorException) {
        return failure; // netty knows it
      }
    }
    // the path is good, but does not lead to what may be a caller
    return told(failure, CertificateVerifier.X509_V_ERR_INVALID_PURPOSE);
  }

  private static CertificateException told(CertificateException failure, int error) {
    return new OpenSslCertificateException(failure.getMessage(), failure, error);
  }

  private static boolean isOfAnotherCa(CertPathValidatorException failure) {
    return failure.getReason() == PKIXReason.NO_TRUST_ANCHOR
        || failure.getReason() == BasicReason.INVALID_SIGNATURE;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trusted.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trusted.checkClientTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw notForServers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw notForServers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notForServers();
  }

  private static CertificateException notForServers() {
    return new CertificateException("this is for callers only");
  }

  /**
   * None: netty tells callers once and for all, and they would keep back a certificate of a CA that
   * came later.
   */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
