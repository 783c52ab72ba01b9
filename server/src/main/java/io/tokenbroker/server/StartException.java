package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.audit.AuditStartException;
import io.tokenbroker.server.config.HostPort;
import io.tokenbroker.server.config.ListenAddress;
import io.tokenbroker.server.grpc.ListenException;
import io.tokenbroker.server.security.PolicyException;
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

  static StartException fleet(String message) {
    return new StartException(ServeExitCodes.CONFIG, message, null);
  }

  static StartException tracing(String why) {
    return new StartException(
        ServeExitCodes.CONFIG,
        "the variables OTEL_... can't be used: "
            + why
            + "; see docs/tracing.md, or set OTEL_SDK_DISABLED=true",
        null);
  }

  static StartException fault(RuntimeException fault) {
    return new StartException(
        ServeExitCodes.FAULT, "a fault in the broker stopped it; see the log above", fault);
  }

  /**
   * @param address as it was configured
   */
  static StartException listen(ListenAddress address, boolean admin, ListenException failure) {
    return listen(address, admin ? "listen_admin" : "--listen", failure);
  }

  static StartException listenHttp(HostPort address, ListenException failure) {
    return listen(address, "listen_http", failure);
  }

  private static StartException listen(ListenAddress address, String key, ListenException failure) {
    String remedy =
        address instanceof HostPort
            ? "another address with " + key + " HOST:PORT (port 0 takes any free one)"
            : "another with " + key;
    return new StartException(
        ServeExitCodes.LISTEN,
        "cannot listen on " + address + ": " + failure.getMessage() + "; choose " + remedy,
        failure);
  }

  public int exitCode() {
    return exitCode;
  }
}
