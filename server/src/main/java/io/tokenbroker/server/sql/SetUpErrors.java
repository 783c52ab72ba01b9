package io.tokenbroker.server.sql;

import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What Connector/J says before anybody has logged in, of which its numbers tell nothing. */
final class SetUpErrors {
  /** Ends before the value, which may be part of a password that was not escaped. */
  private static final Pattern WRONG_VALUE =
      Pattern.compile("The connection (property '.*?) The value '", Pattern.DOTALL);

  private SetUpErrors() {}

  /**
   * Null if it is something else.
   *
   * @param where the database, without secrets
   * @param url the configuration key of its URL
   */
  static @Nullable String explain(SQLException e, String where, String url) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Public Key Retrieval")) {
      return ("The database %s has no TLS, so that the password can't be sent. Turn on TLS there, or"
              + " accept the risk with allowPublicKeyRetrieval=true in %s.")
          .formatted(where, url);
    }
    if (message.contains("SSL Connection required")) {
      return ("The database %s has no TLS, which sslMode in %s asks for. Turn it on there, or accept"
              + " the risk with sslMode=PREFERRED.")
          .formatted(where, url);
    }
    if (has(e, "WrongArgumentException")) {
      Matcher wrong = WRONG_VALUE.matcher(message);
      return "The parameters of %s are wrong: %s The database is %s."
          .formatted(
              url,
              wrong.find()
                  ? wrong.group(1).replaceFirst("property", "parameter")
                  : "a parameter has a value that the driver does not take.",
              where);
    }
    if (has(e, "SSLParamsException")) {
      return ("The trust store or key store for the database %s can't be used (%s). Check"
              + " trustCertificateKeyStore… and clientCertificateKeyStore… in %s.")
          .formatted(where, SqlErrors.describe(e), url);
    }
    return tls(e, where, url);
  }

  private static @Nullable String tls(SQLException e, String where, String url) {
    SSLException failure = null;
    boolean certificate = false;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (failure == null && cause instanceof SSLException first) {
        failure = first;
      }
      certificate |= cause instanceof GeneralSecurityException;
    }
    if (failure == null) {
      return null;
    }
    String reason = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    return certificate
        ? ("The certificate of the database %s isn't trusted, or is for another host (%s). Name a"
                + " trust store with its CA in %s: trustCertificateKeyStoreUrl and"
                + " trustCertificateKeyStorePassword; sslMode=REQUIRED encrypts without a check.")
            .formatted(where, reason, url)
        : "TLS with the database %s fails (%s). Check its TLS, or sslMode in %s."
            .formatted(where, reason, url);
  }

  /** By name, as the driver is there only when it runs. */
  private static boolean has(Throwable e, String name) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause.getClass().getSimpleName().equals(name)) {
        return true;
      }
    }
    return false;
  }
}
