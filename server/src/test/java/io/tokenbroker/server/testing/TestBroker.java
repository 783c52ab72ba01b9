package io.tokenbroker.server.testing;

import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.tokenbroker.server.account.AccountReads;
import io.tokenbroker.server.account.Accounts;
import io.tokenbroker.server.account.ChangeListeners;
import io.tokenbroker.server.account.LeasedAccounts;
import io.tokenbroker.server.account.Outcomes;
import io.tokenbroker.server.account.PositionSaver;
import io.tokenbroker.server.account.QuarantineListener;
import io.tokenbroker.server.account.Refresher;
import io.tokenbroker.server.account.StateSaver;
import io.tokenbroker.server.account.StoredHealth;
import io.tokenbroker.server.account.Turns;
import io.tokenbroker.server.account.Watches;
import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.fleet.FleetStatus;
import io.tokenbroker.server.grpc.CallerAdminCalls;
import io.tokenbroker.server.grpc.FleetAdminCalls;
import io.tokenbroker.server.grpc.LeaseAdminCalls;
import io.tokenbroker.server.grpc.LeaseCalls;
import io.tokenbroker.server.grpc.OpenStreams;
import io.tokenbroker.server.grpc.ReloadCalls;
import io.tokenbroker.server.grpc.TokenBrokerAdminService;
import io.tokenbroker.server.grpc.TokenBrokerService;
import io.tokenbroker.server.lease.CallerLeases;
import io.tokenbroker.server.lease.LeasePolicies;
import io.tokenbroker.server.lease.LeaseStreams;
import io.tokenbroker.server.lease.LeaseSync;
import io.tokenbroker.server.lease.LeaseWriter;
import io.tokenbroker.server.lease.Leases;
import io.tokenbroker.server.outcome.OutcomeRules;
import io.tokenbroker.server.rotation.EvictionGuard;
import io.tokenbroker.server.rotation.Rights;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.KeyRing;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.trace.Spans;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.WatchAccountResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntFunction;

/** A whole broker over a fake store, with a clock that only the test moves, called in-process. */
public final class TestBroker implements AutoCloseable {
  private final ExecutorService streamThread = Executors.newSingleThreadExecutor();

  public final FakeTokenStore store;

  /** Milliseconds since 1970 of the wall clock; nanoseconds of the ticker follow it. */
  public final AtomicLong millis =
      new AtomicLong(Instant.parse("2030-01-01T00:00:00Z").toEpochMilli());

  /** Who makes the calls that are made in-process. */
  public volatile Caller caller = Caller.LOCAL;

  /** Makes the broker's own code fail where it must not. */
  public volatile boolean clockBroken;

  /** Hears of tokens that come into quarantine. */
  public volatile QuarantineListener quarantines = QuarantineListener.NONE;

  public final ChangeListeners watchers = new ChangeListeners();
  public final Watches<WatchAccountResponse> watches;
  public final Refresher refresher;
  public final PositionSaver positions;

  /** How many leases a caller may have; 0 means any number. */
  public volatile ToIntFunction<String> mostLeases = caller -> 0;

  public final OpenStreams streams = new OpenStreams(streamThread);
  public final StateSaver states;
  public final RotationTable table;

  private final StoredHealth stored = new StoredHealth();

  /** Its clock is that of the test, and runs with the broker's. */
  public final FakeLeaseStore leaseStore;

  public final Deadlines deadlines = new Deadlines(this::nanos);
  public final LeasePolicies policies;
  public final Leases leases;
  public final LeaseSync leaseCheck;
  public final LeaseStreams leaseStreams;

  /** Rings only when the test tells it to. */
  public final ManualAlarm alarms = new ManualAlarm(this::nanos);

  private final StoreExecutor executor = new StoreExecutor(4, 20_000, 1L << 30, this::nanos);

  /** In memory alone. */
  public final KeyRing keys = new KeyRing(new FakeCallerKeyStore(), executor, this::now);

  private final TokenBrokerService service;
  private final TokenBrokerAdminService adminService;
  private final Server server;
  private final ManagedChannel channel;

  public TestBroker() {
    this(Access.ALL);
  }

  /**
   * @param access what calls are asked about once they are let in
   */
  public TestBroker(Access access) {
    this(access, Optional.empty());
  }

  /** One more broker on the stores of another one. */
  public TestBroker(TestBroker other) {
    this(Access.ALL, Optional.of(other));
  }

  private TestBroker(Access access, Optional<TestBroker> other) {
    store = other.map(there -> there.store).orElseGet(FakeTokenStore::new);
    leaseStore =
        other.map(there -> there.leaseStore).orElseGet(() -> new FakeLeaseStore(this::now));
    table =
        new RotationTable(
            new LeasedAccounts(
                new AccountReads(store, executor, 4, 20_000),
                (account, read) ->
                    stored.loaded(account, read.withLeases(leaseStore.live(account))),
                this::leaseCheck,
                this::leases),
            Defaults.ROTATION,
            this::nanos,
            this::now,
            alarms,
            watchers,
            EvictionGuard.NONE,
            Rights.ALL);
    watches =
        new Watches<>(
            table, watchers, TokenBrokerService::watched, alarms, Runnable::run, this::nanos);
    refresher = new Refresher(store, executor, table);
    positions = new PositionSaver(store, executor, table, () -> Epochs.ALL);
    states =
        new StateSaver(
            store,
            executor,
            table,
            this::now,
            stored,
            Duration.ofSeconds(10),
            () -> Epochs.ALL,
            (others, since) -> {});
    OutcomeRules rules =
        new OutcomeRules(Defaults.OUTCOME, Defaults.ROTATION.maxScopes(), bound -> 0);
    Outcomes outcomes =
        new Outcomes(
            table,
            rules,
            states,
            (account, reported, outcome) -> quarantines.quarantined(account, reported, outcome));
    policies = new LeasePolicies(leaseStore, executor, Duration.ofSeconds(5), this::nanos);
    leases =
        new Leases(
            leaseStore,
            executor,
            table,
            policies,
            Defaults.LEASES,
            new LeaseWriter(leaseStore::commit, executor::submit, 10_000, this::nanos, Spans.NONE),
            new CallerLeases(caller -> mostLeases.applyAsInt(caller)),
            deadlines,
            this::nanos,
            this::now);
    leaseCheck = new LeaseSync(leaseStore, executor, table, leases, this::nanos);
    leaseStreams =
        new LeaseStreams(
            leases, leaseStore, executor, table, deadlines, Duration.ofSeconds(5), this::nanos);
    service =
        new TokenBrokerService(
            new Turns(table, Spans.NONE),
            watches,
            streams,
            outcomes,
            new LeaseCalls(leases, leaseStreams, streams, outcomes, access, this::now),
            this::now,
            "1.2.3");
    adminService =
        new TokenBrokerAdminService(
            new Accounts(store, executor, policies, table, this::now),
            outcomes,
            new LeaseAdminCalls(leases),
            new CallerAdminCalls(keys, access, this::now),
            new ReloadCalls(),
            new FleetAdminCalls(
                () -> "",
                () -> CompletableFuture.completedFuture(new FleetStatus(List.of(), List.of()))),
            this::now);
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .intercept(asCaller())
            .addService(service)
            .addService(adminService)
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  private LeaseSync leaseCheck() {
    return leaseCheck;
  }

  private Leases leases() {
    return leases;
  }

  /** The data plane, to be served over a network too. */
  public BindableService service() {
    return service;
  }

  /** Makes each call that of {@link #caller}; for other servers of its services as well. */
  public ServerInterceptor asCaller() {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Caller now = caller;
        return Contexts.interceptCall(
            Context.current().withValue(Caller.KEY, () -> now), call, headers, next);
      }
    };
  }

  /** Both planes. */
  public List<BindableService> services() {
    return List.of(service, adminService);
  }

  /** Lets time pass, and does what is due then. */
  public void pass(Duration time) {
    millis.addAndGet(time.toMillis());
    boolean more = leases.tick();
    while (more) {
      more = leases.tick();
    }
  }

  /** Lets watchers have what has changed. */
  public void passToWatchers() {
    millis.addAndGet(100);
    alarms.ring();
  }

  public Instant now() {
    if (clockBroken) {
      throw new IllegalStateException("the clock is broken");
    }
    return Instant.ofEpochMilli(millis.get());
  }

  private long nanos() {
    return millis.get() * 1_000_000;
  }

  public TokenBrokerGrpc.TokenBrokerBlockingStub data() {
    return TokenBrokerGrpc.newBlockingStub(channel);
  }

  public TokenBrokerGrpc.TokenBrokerFutureStub futures() {
    return TokenBrokerGrpc.newFutureStub(channel);
  }

  public TokenBrokerGrpc.TokenBrokerStub async() {
    return TokenBrokerGrpc.newStub(channel);
  }

  public TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub admin() {
    return TokenBrokerAdminGrpc.newBlockingStub(channel);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    executor.close(Duration.ofSeconds(10));
    streamThread.shutdownNow();
  }
}
