package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.audit.AuditStartException;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.security.ServerTls;
import io.tokenbroker.server.trace.Tracing;
import io.tokenbroker.server.trace.TracingVariables;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** What a {@link BrokerDaemon} is made of, and can be made before it. */
final class Parts {
  private Parts() {}

  /** No more than either database has connections, or a thread would find none. */
  static int threads(Config config) {
    int own = config.database().poolSize();
    return config.credentials().map(c -> Math.min(own, c.poolSize())).orElse(own);
  }

  static Optional<ServerTls> tls(Config config, InstantSource clock) throws StartException {
    if (config.tls().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ServerTls.load(config.tls().get(), clock));
    } catch (TlsException e) {
      throw StartException.tls(e);
    }
  }

  /** Empty for what Java trusts. */
  static Optional<SSLContext> webhookTrust(Config config) throws StartException {
    try {
      return config.webhook().isPresent()
          ? Webhooks.trust(config.webhook().get())
          : Optional.empty();
    } catch (TlsException e) {
      throw StartException.tls(e);
    }
  }

  /**
   * @param environment all variables of the process
   */
  static Optional<Tracing> tracing(Map<String, String> environment, String version)
      throws StartException {
    if (!TracingVariables.ask(environment)) {
      return Optional.empty();
    }
    try {
      TracingVariables.requireHttp(environment);
      return Optional.of(Tracing.start(version));
    } catch (IllegalArgumentException e) {
      throw StartException.tracing(String.valueOf(e.getMessage()));
    }
  }

  static void close(Optional<Tracing> tracing) {
    if (tracing.isPresent()) { // a reference to its method would load it
      tracing.get().close();
    }
  }

  static Optional<AuditLog> audit(Config config, InstantSource clock, String version)
      throws StartException {
    if (config.audit().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(AuditLog.start(config.audit().get(), version, clock, System::nanoTime));
    } catch (AuditStartException e) {
      throw StartException.audit(e);
    }
  }
}
