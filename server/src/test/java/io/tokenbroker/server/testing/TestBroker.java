package io.tokenbroker.server.testing;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.tokenbroker.server.broker.Accounts;
import io.tokenbroker.server.broker.Outcomes;
import io.tokenbroker.server.broker.PositionSaver;
import io.tokenbroker.server.broker.Refresher;
import io.tokenbroker.server.broker.StateSaver;
import io.tokenbroker.server.broker.StoredHealth;
import io.tokenbroker.server.broker.Turns;
import io.tokenbroker.server.broker.Watchers;
import io.tokenbroker.server.broker.Watches;
import io.tokenbroker.server.outcome.OutcomeRules;
import io.tokenbroker.server.outcome.OutcomeSettings;
import io.tokenbroker.server.rotation.RotationSettings;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.rpc.OpenStreams;
import io.tokenbroker.server.rpc.TokenBrokerAdminService;
import io.tokenbroker.server.rpc.TokenBrokerService;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** A whole broker over a fake store, with a clock that only the test moves, called in-process. */
public final class TestBroker implements AutoCloseable {
  private final ExecutorService streamThread = Executors.newSingleThreadExecutor();

  public final FakeTokenStore store = new FakeTokenStore();

  /** Milliseconds since 1970 of the wall clock; nanoseconds of the ticker follow it. */
  public final AtomicLong millis =
      new AtomicLong(Instant.parse("2030-01-01T00:00:00Z").toEpochMilli());

  /** Makes the broker's own code fail where it must not. */
  public volatile boolean clockBroken;

  public final Watchers watchers = new Watchers();
  public final Watches watches;
  public final Refresher refresher;
  public final PositionSaver positions;
  public final OpenStreams streams = new OpenStreams(streamThread);
  public final StateSaver states;
  public final RotationTable table;

  private final StoredHealth stored = new StoredHealth();

  /** Rings only when the test tells it to. */
  public final ManualAlarm alarms = new ManualAlarm(this::nanos);

  private final StoreExecutor executor = new StoreExecutor(4, 20_000, this::nanos);
  private final Server server;
  private final ManagedChannel channel;

  public TestBroker() {
    table =
        new RotationTable(
            account -> executor.submit(() -> stored.loaded(account, store.load(account))),
            RotationSettings.DEFAULT,
            this::nanos,
            this::now,
            alarms,
            watchers);
    watches = new Watches(table, watchers);
    refresher = new Refresher(store, executor, table);
    positions = new PositionSaver(store, executor, table);
    states = new StateSaver(store, executor, table, this::now, stored, Duration.ofSeconds(10));
    OutcomeRules rules = new OutcomeRules(OutcomeSettings.DEFAULT, bound -> 0);
    Outcomes outcomes = new Outcomes(table, rules, states);
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(
                new TokenBrokerService(new Turns(table), watches, streams, outcomes, this::now))
            .addService(
                new TokenBrokerAdminService(
                    new Accounts(store, executor, table, this::now), outcomes, this::now))
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  private Instant now() {
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
