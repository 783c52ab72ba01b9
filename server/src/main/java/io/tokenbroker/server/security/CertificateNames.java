package io.tokenbroker.server.security;

import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Which of its names a certificate's holder goes by: the first of the first kind that it has.
 *
 * @param order the kinds that count
 */
record CertificateNames(List<NameKind> order) {
  private static final int DNS = 2;
  private static final int URI = 6;

  CertificateNames {
    order = List.copyOf(order);
  }

  /**
   * @throws BrokerException if it has no name of these kinds
   */
  Verified verified(X509Certificate certificate) {
    for (NameKind kind : order) {
      Optional<String> name = name(kind, certificate);
      if (name.isPresent()) {
        return new Verified(
            new Caller(Caller.Kind.CERTIFICATE, name.get()),
            certificate.getNotBefore().toInstant().toEpochMilli(),
            certificate.getNotAfter().toInstant().toEpochMilli());
      }
    }
    throw BrokerException.unauthenticated(AuthenticationFailure.NO_NAME);
  }

  private static Optional<String> name(NameKind kind, X509Certificate certificate) {
    return switch (kind) {
      case URI -> alternative(certificate, URI).flatMap(CertificateNames::uri);
      case DNS -> alternative(certificate, DNS).flatMap(name -> CallerName.of("dns:", name));
      case CN -> commonName(certificate).flatMap(name -> CallerName.of("cn:", name));
    };
  }

  /** A URI such as key:nightly must not be taken for a caller of another kind. */
  private static Optional<String> uri(String name) {
    return CallerName.of(name.contains("://") ? "" : "uri:", name);
  }

  private static Optional<String> alternative(X509Certificate certificate, int type) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? Optional.empty()
          : names.stream()
              .filter(name -> name.get(0).equals(type))
              .map(name -> String.valueOf(name.get(1)))
              .findFirst();
    } catch (CertificateParsingException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> commonName(X509Certificate certificate) {
    try {
      List<Rdn> parts = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
      // the most specific one stands last
      for (int i = parts.size() - 1; i >= 0; i--) {
        if (parts.get(i).getType().equalsIgnoreCase("CN")
            && parts.get(i).getValue() instanceof String name) {
          return Optional.of(name);
        }
      }
      return Optional.empty();
    } catch (InvalidNameException e) {
      return Optional.empty();
    }
  }
}
