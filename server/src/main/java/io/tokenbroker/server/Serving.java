package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.ListenAddress;
import io.tokenbroker.server.config.ListenConfig;
import io.tokenbroker.server.config.ListenConfig.Place;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.grpc.ListenException;
import io.tokenbroker.server.log.Logging;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.TlsFiles;
import io.tokenbroker.server.store.TokenStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One life of the daemon: log, start, wait, stop.
 *
 * @param again reads the configuration anew
 * @param demo whether to add the demo account and tell what to try
 */
record Serving(
    Daemon.Start daemons,
    StopSignal signal,
    Supplier<LoadedConfig> again,
    PrintWriter out,
    PrintWriter err,
    boolean demo) {
  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);

  /** Returns the exit code once everything is closed. */
  int run(LoadedConfig loaded) throws InterruptedException {
    int exitCode = ServeExitCodes.FAULT;
    try {
      logged(loaded);
      exitCode = ServeExitCodes.STOPPED;
    } catch (StartException e) {
      err.println("tokenbroker: " + e.getMessage());
      err.flush();
      exitCode = e.exitCode();
    } finally {
      signal.done(exitCode);
    }
    return exitCode;
  }

  private void logged(LoadedConfig loaded) throws StartException, InterruptedException {
    Logging logging = Logging.start(loaded.config().log());
    try {
      loaded.warnings().forEach(LOG::warn);
      serve(loaded);
    } catch (RuntimeException e) {
      LOG.error("fault", e);
      throw StartException.fault(e);
    } finally {
      logging.close();
    }
  }

  private void serve(LoadedConfig loaded) throws StartException, InterruptedException {
    Config config = loaded.config();
    if (signal.isAsked()) {
      LOG.info("told to stop before the start");
      return;
    }
    Daemon daemon;
    try {
      daemon = start(config);
    } catch (CancellationException e) {
      LOG.info("told to stop before the database could be reached");
      return;
    }
    ListenConfig listen = config.listen();
    try {
      signal.onHangup(daemon.reloadable(loaded, again));
      ListenAddress address = listen.calls().at(daemon.ports().get(0));
      LoggingEventBuilder line = LOG.atInfo().addKeyValue("address", address);
      if (listen.admin().isPresent()) {
        line = line.addKeyValue("admin_address", listen.admin().get().at(daemon.ports().get(1)));
      }
      line.addKeyValue("callers", callers(config))
          .addKeyValue("policy", config.policy().map(Path::toString).orElse("none"))
          .log("serving");
      warn(config);
      if (demo) {
        new Demo(address, config.tls().isPresent() && !listen.calls().isUnix()).print(out);
      }
      signal.await();
      LOG.info("stopping");
    } finally {
      daemon.stop();
    }
    LOG.info("stopped");
  }

  private static String callers(Config config) {
    boolean certificates = config.tls().flatMap(TlsFiles::clientCa).isPresent();
    List<String> shown = new ArrayList<>();
    if (certificates) {
      shown.add("a certificate of a CA in tls.client_ca_file");
    }
    if (config.identity().keys()) {
      shown.add("a key of identity.keys");
    }
    if (config.identity().jwt().isPresent()) {
      shown.add("a JWT of jwt.issuer");
    }
    List<String> callers = new ArrayList<>();
    if (config.places().anyMatch(place -> !place.isUnix())) {
      callers.add(
          shown.isEmpty()
              ? config.places().anyMatch(Place::isOpen)
                  ? "everyone who reaches this address, as local"
                  : "everyone on this machine, as local"
              : "whoever has " + String.join(", or ", shown));
    }
    if (config.places().anyMatch(Place::isUnix)) {
      callers.add("whoever may open the socket, as uid:NUMBER");
    }
    return String.join("; ", callers);
  }

  private static void warn(Config config) {
    boolean certificates = config.tls().flatMap(TlsFiles::clientCa).isPresent();
    boolean users =
        config.places().anyMatch(Place::isUnix) && config.listen().socketMode().size() > 2;
    if (config.policy().isEmpty() && (certificates || users || config.identity().takesTokens())) {
      LOG.warn("every caller may do everything, as an administrator too; set policy.file");
    }
    if (config.tls().isEmpty()
        && config.identity().takesTokens()
        && config.places().anyMatch(Place::isOpen)) {
      LOG.warn("bearer tokens cross the network in plain text; set tls.cert_file and tls.key_file");
    }
  }

  private void prepare(TokenStore store) {
    if (demo) {
      Demo.addTo(store, Instant.now());
    }
  }

  private Daemon start(Config config) throws StartException, InterruptedException {
    try {
      return daemons.start(config, this::prepare, signal.asked());
    } catch (BrokerException e) {
      LOG.debug("cannot start", e);
      throw StartException.database(String.valueOf(e.getMessage()), e);
    } catch (StartException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (ListenException e) {
      Place failed =
          config
              .listen()
              .places()
              .filter(place -> place.address().equals(e.address()))
              .findFirst()
              .orElseThrow();
      throw StartException.listen(failed.given(), !failed.equals(config.listen().calls()), e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
