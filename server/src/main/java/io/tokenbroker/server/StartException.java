package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.audit.AuditStartException;
import io.tokenbroker.server.config.HostPort;
import io.tokenbroker.server.security.PolicyException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The broker can't start, for a reason that its operator can do something about. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  /**
   * @param message one line, with the remedy and without passwords
   */
  private StartException(int exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /**
   * @param message one line, with the remedy and without passwords
   */
  public static StartException database(String message, @Nullable Throwable cause) {
    return new StartException(ServeExitCodes.DATABASE, message, cause);
  }

  static StartException tls(TlsException failure) {
    return new StartException(ServeExitCodes.CONFIG, String.valueOf(failure.getMessage()), failure);
  }

  static StartException encryption(String message) {
    return new StartException(ServeExitCodes.CONFIG, message, null);
  }

  static StartException policy(PolicyException failure) {
    return new StartException(
        ServeExitCodes.CONFIG, String.join("\ntokenbroker: ", failure.problems()), failure);
  }

  static StartException audit(AuditStartException failure) {
    return new StartException(ServeExitCodes.CONFIG, String.valueOf(failure.getMessage()), failure);
  }

  static StartException fault(RuntimeException fault) {
    return new StartException(
        ServeExitCodes.FAULT, "a fault in the broker stopped it; see the log above", fault);
  }

  static StartException listen(HostPort address, IOException failure) {
    return listen(
        address,
        "choose another address with --listen HOST:PORT (port 0 takes any free one)",
        failure);
  }

  static StartException listenHttp(HostPort address, IOException failure) {
    return listen(address, "choose another address with listen_http", failure);
  }

  private static StartException listen(HostPort address, String remedy, IOException failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String reason = String.valueOf(root.getMessage());
    return new StartException(
        ServeExitCodes.LISTEN,
        "cannot listen on "
            + address
            + ": "
            + (reason.contains("in use") ? "another program does" : reason)
            + "; "
            + remedy,
        failure);
  }

  public int exitCode() {
    return exitCode;
  }
}
