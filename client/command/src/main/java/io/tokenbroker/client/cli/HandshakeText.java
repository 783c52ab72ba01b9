package io.tokenbroker.client.cli;

import io.grpc.Status;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why two ends could not agree on TLS, and what to mend; by the words of the JDK and BoringSSL. */
final class HandshakeText {
  private HandshakeText() {}

  /**
   * Empty if it was not that.
   *
   * @param status made on this side
   */
  static Optional<String> of(Status status, String endpoint) {
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      String why = why(String.valueOf(cause.getMessage()));
      if (why != null) {
        return Optional.of("no secure connection with the broker at " + endpoint + ": " + why);
      }
    }
    return Optional.empty();
  }

  private static @Nullable String why(String message) {
    if (message.contains("not an SSL/TLS record")) {
      return "it speaks plain text; leave out --tls and --tls-ca, or check the port";
    }
    if (message.contains("CERTIFICATE_REQUIRED") || message.contains("HANDSHAKE_FAILURE")) {
      return "it wants a certificate; give --tls-cert and --tls-key";
    }
    if (message.contains("ALERT_UNKNOWN_CA") || message.contains("ALERT_CERTIFICATE_UNKNOWN")) {
      return "it does not trust the CA of your certificate; give one of a CA in its"
          + " tls.client_ca_file";
    }
    if (message.contains("ALERT_CERTIFICATE_EXPIRED")) {
      return "your certificate has expired or is not valid yet, it says; give another with --tls-cert,"
          + " or compare the clocks";
    }
    if (message.contains("ALERT_BAD_CERTIFICATE") || message.contains("UNSUPPORTED_CERTIFICATE")) {
      return "it does not accept your certificate, which may not be made for clients";
    }
    if (message.contains("ALERT_PROTOCOL_VERSION")) {
      return "it speaks other versions of TLS than this command";
    }
    return ofBroker(message);
  }

  private static @Nullable String ofBroker(String message) {
    if (message.contains("does not chain with any of the trust anchors")
        || message.contains("unable to find valid certification path")
        || message.contains("signature check failed")) {
      return "its certificate is not of a CA that you trust; give that CA with --tls-ca, unless it"
          + " is an impostor";
    }
    // "validity check failed" before it says as much of both
    if (message.contains("NotAfter:")) {
      return "its certificate has expired";
    }
    if (message.contains("NotBefore:")) {
      return "its certificate is not valid yet; compare the clocks";
    }
    if (message.contains("xtended key usage")) {
      return "its certificate is not made for servers; check the port, unless it is an impostor";
    }
    if (message.startsWith("No subject alternative names")
        || message.startsWith("No name matching")) {
      return "its certificate is for another name; use a name that stands in it with --endpoint,"
          + " unless it is an impostor";
    }
    return null;
  }
}
