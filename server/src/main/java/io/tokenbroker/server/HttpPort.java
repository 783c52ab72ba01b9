package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.HostPort;
import io.tokenbroker.server.config.HttpConfig;
import io.tokenbroker.server.grpc.GrpcServer;
import io.tokenbroker.server.grpc.ListenException;
import io.tokenbroker.server.security.ServerTls;
import io.tokenbroker.server.telemetry.Scrapes;
import io.tokenbroker.server.web.HttpServer;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP port beside a server, if there is to be one. */
final class HttpPort {
  private static final Logger log = LoggerFactory.getLogger(HttpPort.class);

  private final HttpConfig config;
  private final GrpcServer server;
  private final HttpServer http;
  private final BrokerMetrics metrics;

  /**
   * @param thread where metrics are read
   */
  HttpPort(
      HttpConfig config,
      Config all,
      Optional<ServerTls> tls,
      GrpcServer server,
      BrokerMetrics metrics,
      ExecutorService thread) {
    this.config = config;
    this.server = server;
    this.metrics = metrics;
    this.http =
        new HttpServer(
            config.address(),
            tls.map(ServerTls::httpContext),
            all.limits(),
            config.limits(),
            server.transcodedCalls(),
            new Scrapes(thread, metrics::read)::text);
  }

  /** What can be of a newer configuration. */
  void heed(HttpConfig newer) {
    metrics.setMaxAccounts(newer.metrics().maxAccounts());
  }

  /** Listens; the server ends it. */
  void open() throws StartException {
    try {
      server.open(http);
    } catch (IOException e) {
      throw StartException.listenHttp(config.given(), ListenException.of(config.address(), e));
    }
    log.atInfo()
        .addKeyValue("address", new HostPort(config.given().host(), http.port()))
        .log("serving HTTP");
  }
}
