package io.tokenbroker.server;

import io.tokenbroker.server.account.AccountReads;
import io.tokenbroker.server.account.Accounts;
import io.tokenbroker.server.account.ChangeListeners;
import io.tokenbroker.server.account.JobSettings;
import io.tokenbroker.server.account.LeasedAccounts;
import io.tokenbroker.server.account.Outcomes;
import io.tokenbroker.server.account.PositionSaver;
import io.tokenbroker.server.account.Refresher;
import io.tokenbroker.server.account.Schedule;
import io.tokenbroker.server.account.StateSaver;
import io.tokenbroker.server.account.StoredHealth;
import io.tokenbroker.server.account.Turns;
import io.tokenbroker.server.account.Watches;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.config.ShutdownConfig;
import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.grpc.CallerAdminCalls;
import io.tokenbroker.server.grpc.Callers;
import io.tokenbroker.server.grpc.FleetAdminCalls;
import io.tokenbroker.server.grpc.GrpcServer;
import io.tokenbroker.server.grpc.LeaseAdminCalls;
import io.tokenbroker.server.grpc.LeaseCalls;
import io.tokenbroker.server.grpc.OpenStreams;
import io.tokenbroker.server.grpc.ReloadCalls;
import io.tokenbroker.server.grpc.TokenBrokerAdminService;
import io.tokenbroker.server.grpc.TokenBrokerService;
import io.tokenbroker.server.lease.CallerLeases;
import io.tokenbroker.server.lease.LeasePolicies;
import io.tokenbroker.server.lease.LeaseSettings;
import io.tokenbroker.server.lease.LeaseSettings.OnShutdown;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.lease.LeaseStreams;
import io.tokenbroker.server.lease.LeaseSync;
import io.tokenbroker.server.lease.LeaseWriter;
import io.tokenbroker.server.lease.Leases;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.outcome.OutcomeRules;
import io.tokenbroker.server.rotation.Rights;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.KeyRing;
import io.tokenbroker.server.security.ServerTls;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.trace.Spans;
import io.tokenbroker.server.trace.Tracing;
import io.tokenbroker.v1.WatchAccountResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything wired together, and the order in which it starts and stops. */
final class BrokerDaemon implements Daemon {
  private static final Logger log = LoggerFactory.getLogger(BrokerDaemon.class);

  /** How often an expiry is looked for in accounts that are watched but not used. */
  private static final Duration WATCH_TICK = Duration.ofMillis(500);

  /** How often accounts are looked for that may be put out by now. */
  private static final Duration EVICT_TICK = Duration.ofMillis(250);

  /** How often it is counted what accounts take that were used. */
  private static final Duration COUNT_TICK = Duration.ofSeconds(1);

  /** How often saved states, and marks of streams, that say nothing any more are removed. */
  private static final Duration FORGET_INTERVAL = Duration.ofHours(1);

  /** For the last leases, and after the last positions for tasks that still use the store. */
  private static final Duration STORE_GRACE = Duration.ofSeconds(3);

  /** How often the files of certificates are looked at. */
  private static final Duration CERTIFICATE_TICK = Duration.ofSeconds(5);

  /** For what is still to be written down. */
  private static final Duration AUDIT_GRACE = Duration.ofSeconds(3);

  /** How often is looked who has waited too long for the audit log. */
  private static final Duration AUDIT_TICK = Duration.ofSeconds(1);

  /** How often deadlines of leases are seen to. */
  private static final Duration LEASE_TICK = Duration.ofMillis(20);

  private final ShutdownConfig shutdown;
  private final LeaseSettings lease;
  private final Leases leases;
  private final LeaseSync leaseCheck;
  private final LeaseStreams leaseStreams;
  private final Optional<AuditLog> audit;
  private final Optional<Webhooks> webhooks;
  private final Optional<Tracing> tracing;
  private final Stores stores;
  private final StoreExecutor executor;
  private final Optional<Fleet> fleet;
  private final RotationTable table;
  private final LastSave saving;

  /** What somebody waits for to the millisecond: alarms of the rotation, deadlines of leases. */
  private final Schedule alarms = new Schedule("alarms");

  private final Schedule jobs = new Schedule("jobs");
  private final Threads threads = new Threads();
  private final OpenStreams streams = new OpenStreams(threads.streams);
  private final GrpcServer server;
  private final Optional<HttpPort> http;
  private final ReloadCalls reloads = new ReloadCalls();
  private final LiveSettings live;

  private BrokerDaemon(
      Config config,
      Optional<ServerTls> tls,
      CallerSources sources,
      Optional<AuditLog> audit,
      Optional<SSLContext> trust,
      Optional<Tracing> tracing,
      Stores stores) {
    this.tracing = tracing;
    Spans spans = GrpcServer.spans(tracing);
    InstantSource clock = stores.clock();
    JobSettings intervals = config.jobs();
    TokenStore store = stores.tokens();
    this.shutdown = config.shutdown();
    this.audit = audit;
    this.stores = stores;
    this.executor =
        new StoreExecutor(
            Parts.threads(config),
            config.database().queue(),
            config.database().queueBytes(),
            System::nanoTime);
    ChangeListeners watchers = new ChangeListeners();
    StoredHealth stored = new StoredHealth();
    LeaseStore leaseStore = stores.leases();
    this.fleet =
        config
            .fleet()
            .map(
                there ->
                    new Fleet(
                        there,
                        stores.referee(),
                        version(),
                        new FleetMoves(
                            () -> loaded().moves(), () -> saving().soon(), this::moved, streams),
                        () -> saving().states().save()));
    Supplier<Epochs> owned = fleet.isPresent() ? fleet.get()::epochs : () -> Epochs.ALL;
    this.table =
        new RotationTable(
            new TracedLoads(
                new LeasedAccounts(
                    new AccountReads(
                        store,
                        executor,
                        Math.max(1, Parts.threads(config) / 2),
                        config.database().queue()),
                    stored::loaded,
                    this::leaseCheck,
                    this::leases),
                spans),
            config.rotation(),
            System::nanoTime,
            clock,
            alarms::after,
            config.webhook().isEmpty()
                ? watchers
                : watchers.andThen(account -> webhooks().ifPresent(told -> told.changed(account))),
            new LoadedGuard(
                watchers, stored, () -> saving().soon(), account -> loaded().contains(account)),
            fleet.isPresent() ? fleet.get() : Rights.ALL);
    this.webhooks =
        Webhooks.of(config, trust, this::member, table.loaded(), jobs, threads.webhooks, clock);
    Watches<WatchAccountResponse> watches =
        new Watches<>(
            table,
            watchers,
            TokenBrokerService::watched,
            alarms::after,
            threads.watches,
            System::nanoTime);
    Refresher refresher = new Refresher(store, executor, table);
    PositionSaver positions = new PositionSaver(store, executor, table, owned);
    StateSaver states =
        new StateSaver(
            store,
            executor,
            table,
            clock,
            stored,
            // another broker may be the owner in a moment
            fleet.isPresent() ? Duration.ZERO : config.outcome().persistOver(),
            owned,
            (others, since) -> fleet().ifPresent(there -> there.lost(others, since)));
    this.saving = new LastSave(positions, states);
    Outcomes outcomes =
        new Outcomes(
            table,
            new OutcomeRules(config.outcome(), config.rotation().maxScopes()),
            states,
            Webhooks.quarantines(webhooks));
    this.lease = config.lease();
    Deadlines deadlines = new Deadlines(System::nanoTime);
    LeasePolicies policies =
        new LeasePolicies(leaseStore, executor, intervals.refreshInterval(), System::nanoTime);
    LeaseWriter leaseWriter =
        new LeaseWriter(
            leaseStore::commit, executor::submit, lease.queue(), System::nanoTime, spans);
    this.leases =
        new Leases(
            leaseStore,
            executor,
            table,
            policies,
            lease.bounds(),
            leaseWriter,
            new CallerLeases(sources::mostLeases),
            deadlines,
            System::nanoTime,
            clock);
    this.leaseCheck = new LeaseSync(leaseStore, executor, table, leases, System::nanoTime);
    this.leaseStreams =
        new LeaseStreams(
            leases, leaseStore, executor, table, deadlines, lease.streamGrace(), System::nanoTime);
    KeyRing keys = new KeyRing(stores.callerKeys(), executor, clock);
    Authenticator authenticator = sources.authenticator(config, keys, clock);
    LeaseCalls leaseCalls =
        new LeaseCalls(leases, leaseStreams, streams, outcomes, sources.access(), clock);
    this.server =
        new GrpcServer(
            Listeners.of(config.listen(), tls),
            config.limits(),
            config.connections(),
            config.channelz(),
            new Callers(authenticator, sources.access()),
            streams,
            audit,
            config.http().isPresent(),
            tracing,
            fleet.map(there -> there.ports(tls)),
            List.of(
                new TokenBrokerService(
                    new Turns(table, spans),
                    watches,
                    streams,
                    outcomes,
                    leaseCalls,
                    clock,
                    version()),
                new TokenBrokerAdminService(
                    new Accounts(store, executor, policies, table, clock),
                    outcomes,
                    new LeaseAdminCalls(leases),
                    new CallerAdminCalls(keys, sources.access(), clock),
                    reloads,
                    new FleetAdminCalls(
                        this::member, () -> executor.submit(() -> stores.fleet().status())),
                    clock)));
    this.http =
        config
            .http()
            .map(
                there ->
                    new HttpPort(
                        there,
                        config,
                        tls,
                        server,
                        new BrokerMetrics(
                            version(),
                            table,
                            leaseWriter,
                            executor,
                            stores.databases(),
                            streams,
                            server,
                            audit,
                            webhooks,
                            sources.access(),
                            tls,
                            clock,
                            there.metrics().maxAccounts()),
                        threads.metrics));
    jobs.repeatUntilDone(intervals.refreshInterval(), refresher::refresh);
    jobs.repeatUntilDone(intervals.refreshInterval(), leaseCheck::check);
    jobs.repeatUntilDone(intervals.refreshInterval(), leaseStreams::check);
    alarms.repeat(LEASE_TICK, () -> CompletableFuture.runAsync(leases::tick, Runnable::run));
    jobs.repeat(intervals.positionInterval(), positions::save);
    jobs.repeat(intervals.positionInterval(), states::save);
    jobs.repeat(COUNT_TICK, () -> CompletableFuture.runAsync(table::count, Runnable::run));
    jobs.repeat(EVICT_TICK, () -> CompletableFuture.runAsync(table::evict, Runnable::run));
    tls.ifPresent(
        files ->
            jobs.repeat(
                CERTIFICATE_TICK,
                () -> CompletableFuture.runAsync(files::reload, threads.certificates)));
    stores
        .encryption()
        .sealing()
        .ifPresent(
            portion ->
                jobs.repeat(intervals.refreshInterval(), new SealJob(executor, portion)::run));
    jobs.repeat(
        CERTIFICATE_TICK,
        () -> CompletableFuture.runAsync(stores.encryption()::reload, threads.certificates));
    Runnable recheck =
        () -> {
          streams.recheck();
          server.recheckWaits();
        };
    // certificates, keys and JWTs expire without anyone's doing
    if (!authenticator.isOpen()) {
      jobs.repeat(CERTIFICATE_TICK, () -> CompletableFuture.runAsync(recheck, threads.streams));
    }
    if (config.identity().keys()) {
      Supplier<CompletableFuture<?>> refresh =
          () -> keys.refresh().thenRunAsync(recheck, threads.streams);
      CompletableFuture<?> unused = refresh.get();
      jobs.repeat(intervals.refreshInterval(), refresh);
    }
    if (sources.isWatched()) {
      threads.callers.execute(sources::reload);
      jobs.repeat(
          CERTIFICATE_TICK,
          () ->
              CompletableFuture.runAsync(sources::reload, threads.callers)
                  .thenRunAsync(recheck, threads.streams));
    }
    Runnable files =
        () -> {
          tls.ifPresent(own -> threads.certificates.execute(own::reload));
          threads.certificates.execute(stores.encryption()::reload);
          sources.reload();
          threads.streams.execute(recheck);
        };
    live = LiveSettings.of(server, http, files, sources.access()::status);
    audit.ifPresent(
        written ->
            jobs.repeat(
                AUDIT_TICK, () -> CompletableFuture.runAsync(written::expire, Runnable::run)));
    jobs.repeat(FORGET_INTERVAL, states::forget);
    jobs.repeat(FORGET_INTERVAL, leaseStreams::forget);
    jobs.repeat(WATCH_TICK, () -> CompletableFuture.runAsync(watches::expire, Runnable::run));
  }

  /** That the build wrote into the jar; empty without a jar. */
  static String version() {
    String version = BrokerDaemon.class.getPackage().getImplementationVersion();
    return version == null ? "" : version;
  }

  private LastSave saving() {
    return saving;
  }

  private void moved(Collection<AccountId> accounts, Function<AccountId, BrokerException> why) {
    leaseStreams.moved(accounts, why);
  }

  private Optional<Fleet> fleet() {
    return fleet;
  }

  /** As whom the fleet knows this broker; empty without one, and before it does. */
  private String member() {
    return fleet.map(there -> there.member().self()).orElse("");
  }

  private Optional<Webhooks> webhooks() {
    return webhooks;
  }

  private RotationTable loaded() {
    return table;
  }

  private LeaseSync leaseCheck() {
    return leaseCheck;
  }

  private Leases leases() {
    return leases;
  }

  /** Opens the store, then listens; closes what it has opened if it fails. */
  static Daemon start(
      Config config,
      Consumer<TokenStore> prepare,
      InstantSource clock,
      CompletableFuture<@Nullable Void> stop)
      throws IOException, StartException {
    Optional<ServerTls> tls = Parts.tls(config, clock);
    CallerSources sources = CallerSources.load(config, clock);
    Optional<SSLContext> trust = Parts.webhookTrust(config);
    Optional<Tracing> tracing = Parts.tracing(System.getenv(), version());
    Stores stores = Stores.open(config, clock, stop);
    BrokerDaemon daemon;
    try {
      daemon =
          new BrokerDaemon(
              config, tls, sources, Parts.audit(config, clock, version()), trust, tracing, stores);
    } catch (StartException e) {
      stores.close();
      throw e;
    }
    try {
      prepare.accept(stores.tokens());
      if (config.fleet().isEmpty()) {
        Fleet.refuseMembers(stores.fleet().present());
      }
      daemon.server.start();
      if (daemon.fleet.isPresent()) {
        daemon.fleet.get().start(config.listen(), daemon.server.port());
      }
      if (daemon.http.isPresent()) {
        daemon.http.get().open();
      }
    } catch (IOException | StartException | RuntimeException e) {
      daemon.server.close();
      daemon.closeStore();
      throw e;
    }
    stores.warn().run();
    stores.encryption().warn();
    return daemon;
  }

  @Override
  public List<Integer> ports() {
    return server.ports();
  }

  @Override
  public Runnable reloadable(LoadedConfig started, Supplier<LoadedConfig> again) {
    Reload reload = new Reload(started, again, live);
    // which reads what is watched
    return reloads.by(() -> CompletableFuture.supplyAsync(reload::run, threads.callers));
  }

  /** Callers first, positions when nothing moves them any more, the store last. */
  @Override
  public void stop() throws InterruptedException {
    if (fleet.isPresent()) {
      fleet.get().handOver(shutdown.saveGrace());
    }
    if (!server.drain(shutdown.delay(), shutdown.grace(), table::close, executor::abandon)) {
      log.warn("calls were cut off at the end of the shutdown grace");
    }
    releaseLeases();
    saving.last(shutdown.saveGrace());
    if (fleet.isPresent()) {
      fleet.get().leave(STORE_GRACE);
    }
    closeStore();
  }

  private void releaseLeases() throws InterruptedException {
    if (lease.onShutdown() == OnShutdown.KEEP) {
      return;
    }
    try {
      leaseStreams.releaseAll().get(STORE_GRACE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("leases could not be released; they last until they expire", e);
    }
  }

  private void closeStore() {
    webhooks.ifPresent(Webhooks::close);
    audit.ifPresent(written -> written.close(AUDIT_GRACE));
    alarms.close();
    jobs.close();
    threads.close();
    if (!executor.close(STORE_GRACE)) {
      log.warn("the store did not finish in time");
    }
    stores.close();
    Parts.close(tracing);
  }
}
