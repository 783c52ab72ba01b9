package io.tokenbroker.server;

import io.tokenbroker.server.broker.Accounts;
import io.tokenbroker.server.broker.PositionSaver;
import io.tokenbroker.server.broker.Refresher;
import io.tokenbroker.server.broker.Schedule;
import io.tokenbroker.server.broker.Turns;
import io.tokenbroker.server.broker.Watchers;
import io.tokenbroker.server.broker.Watches;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LimitsConfig;
import io.tokenbroker.server.config.RotationConfig;
import io.tokenbroker.server.config.ShutdownConfig;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.rpc.GrpcServer;
import io.tokenbroker.server.rpc.OpenStreams;
import io.tokenbroker.server.rpc.TokenBrokerAdminService;
import io.tokenbroker.server.rpc.TokenBrokerService;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything wired together, and the order in which it starts and stops. */
final class BrokerDaemon implements Daemon {
  private static final Logger log = LoggerFactory.getLogger(BrokerDaemon.class);

  /** How often an expiry is looked for in accounts that are watched but not used. */
  private static final Duration WATCH_TICK = Duration.ofMillis(500);

  /** For the last positions, and then for the tasks that still use the store. */
  private static final Duration STORE_GRACE = Duration.ofSeconds(3);

  private final ShutdownConfig shutdown;
  private final Stores stores;
  private final StoreExecutor executor;
  private final PositionSaver positions;
  private final Schedule schedule = new Schedule();
  private final ExecutorService streamThread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "streams");
            thread.setDaemon(true);
            return thread;
          });
  private final GrpcServer server;

  private BrokerDaemon(Config config, Stores stores, InstantSource clock) {
    RotationConfig rotation = config.rotation();
    TokenStore store = stores.tokens();
    this.shutdown = config.shutdown();
    this.stores = stores;
    this.executor = new StoreExecutor(threads(config), config.database().queue(), System::nanoTime);
    Watchers watchers = new Watchers();
    RotationTable table =
        new RotationTable(
            account -> executor.submit(() -> store.load(account)),
            rotation.unknownAccountTtl(),
            System::nanoTime,
            clock,
            watchers);
    Watches watches = new Watches(table, watchers);
    Refresher refresher = new Refresher(store, executor, table);
    this.positions = new PositionSaver(store, executor, table);
    OpenStreams streams = new OpenStreams(streamThread);
    this.server =
        new GrpcServer(
            config.listen().address(),
            limits(config.limits()),
            config.channelz(),
            streams,
            List.of(
                new TokenBrokerService(new Turns(table), watches, streams),
                new TokenBrokerAdminService(new Accounts(store, executor, table, clock), clock)));
    schedule.repeat(rotation.refreshInterval(), refresher::refresh);
    schedule.repeat(rotation.positionInterval(), positions::save);
    schedule.repeat(WATCH_TICK, () -> CompletableFuture.runAsync(watches::expire, Runnable::run));
  }

  /** No more than either database has connections, or a thread would find none. */
  private static int threads(Config config) {
    int own = config.database().poolSize();
    return config.credentials().map(c -> Math.min(own, c.poolSize())).orElse(own);
  }

  private static GrpcServer.Limits limits(LimitsConfig limits) {
    return new GrpcServer.Limits(
        limits.maxCallsPerConnection(), limits.maxMessageBytes(), limits.keepaliveMinTime());
  }

  /** Opens the store, then listens; closes what it has opened if it fails. */
  static Daemon start(Config config, Consumer<TokenStore> prepare, InstantSource clock)
      throws IOException, StartException {
    Stores stores = Stores.open(config);
    BrokerDaemon daemon = new BrokerDaemon(config, stores, clock);
    try {
      prepare.accept(stores.tokens());
      daemon.server.start();
    } catch (IOException | RuntimeException e) {
      daemon.closeStore();
      throw e;
    }
    return daemon;
  }

  @Override
  public int port() {
    return server.port();
  }

  /** Callers first, positions when nothing moves them any more, the store last. */
  @Override
  public void stop() throws InterruptedException {
    if (!server.drain(shutdown.delay(), shutdown.grace(), executor::abandon)) {
      log.warn("calls were cut off at the end of the shutdown grace");
    }
    savePositions();
    closeStore();
  }

  private void savePositions() throws InterruptedException {
    try {
      boolean saved = positions.save().get(STORE_GRACE.toNanos(), TimeUnit.NANOSECONDS);
      if (!saved) {
        log.warn("the last positions could not be saved");
      }
    } catch (ExecutionException | TimeoutException e) {
      log.warn("the last positions could not be saved", e);
    }
  }

  private void closeStore() {
    schedule.close();
    streamThread.shutdown();
    if (!executor.close(STORE_GRACE)) {
      log.warn("the store did not finish in time");
    }
    stores.close();
  }
}
