package io.tokenbroker.server;

import io.tokenbroker.server.alert.Deliveries;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.grpc.ForwardCounts;
import io.tokenbroker.server.grpc.GrpcServer;
import io.tokenbroker.server.grpc.LoopDelays;
import io.tokenbroker.server.grpc.OpenStreams;
import io.tokenbroker.server.grpc.RpcCounts;
import io.tokenbroker.server.lease.LeaseWriter;
import io.tokenbroker.server.log.Logging;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.rotation.Census;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.PolicyStatus;
import io.tokenbroker.server.security.ServerTls;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.PoolUse;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.telemetry.Exposition;
import io.tokenbroker.server.telemetry.JvmMetrics;
import io.tokenbroker.server.telemetry.Metric;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Reads what all parts of the broker count, when somebody asks. Used by one thread. */
final class BrokerMetrics {
  private static final double SECOND_MILLIS = 1_000;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long the accounts with series of their own stay the same, but for free places. */
  private static final Duration LOOK = Duration.ofMinutes(5);

  /** Turns that are given back are few: who has less than that of the last time began anew. */
  private static final long GIVEN_BACK = 1_000;

  private final String version;
  private final RotationTable table;
  private final LeaseWriter leases;
  private final StoreExecutor store;
  private final List<Database> databases;
  private final OpenStreams streams;
  private final GrpcServer server;
  private final Optional<AuditLog> audit;
  private final Optional<Webhooks> webhooks;
  private final Access access;
  private final Optional<ServerTls> tls;
  private final InstantSource clock;
  private volatile int maxAccounts;

  // what was told last: no counter goes back where a turn was given back
  private long seenTurns;
  private Map<AccountId, Long> seenByAccount = Map.of();

  /** When it was looked last which accounts are the busiest. */
  private Instant looked = Instant.EPOCH;

  /**
   * @param maxAccounts how many have series of their own
   */
  BrokerMetrics(
      String version,
      RotationTable table,
      LeaseWriter leases,
      StoreExecutor store,
      List<Database> databases,
      OpenStreams streams,
      GrpcServer server,
      Optional<AuditLog> audit,
      Optional<Webhooks> webhooks,
      Access access,
      Optional<ServerTls> tls,
      InstantSource clock,
      int maxAccounts) {
    this.version = version;
    this.table = table;
    this.leases = leases;
    this.store = store;
    this.databases = databases;
    this.streams = streams;
    this.server = server;
    this.audit = audit;
    this.webhooks = webhooks;
    this.access = access;
    this.tls = tls;
    this.clock = clock;
    this.maxAccounts = maxAccounts;
  }

  /** With the next scrape. Any thread may say so. */
  void setMaxAccounts(int most) {
    maxAccounts = most;
  }

  /** In Prometheus' text format. */
  byte[] read() {
    Exposition to = new Exposition();
    to.add(Metric.INFO, 1, version);
    tokens(to);
    leases(to);
    to.add(Metric.STREAMS, streams.size());
    to.add(Metric.CONNECTIONS, server.connections());
    to.add(Metric.REQUEST_BYTES, server.requestBytes());
    rpcs(to);
    server.loopDelays().ifPresent(delays -> loops(delays, to));
    server.forwards().ifPresent(counts -> forwards(to, counts));
    store(to);
    audit.ifPresent(log -> to.add(Metric.AUDIT_FAILING, log.isFailing() ? 1 : 0));
    webhooks.ifPresent(told -> webhooks(told.counts(), to));
    PolicyStatus policy = access.status();
    to.add(Metric.POLICY_RULES, policy.rules());
    to.add(Metric.POLICY_PROBLEMS, policy.problems().size());
    tls.ifPresent(
        own -> {
          to.add(Metric.CERTIFICATE_EXPIRY, own.expiry().getEpochSecond(), "server");
          own.clientCaExpiry()
              .ifPresent(
                  first -> to.add(Metric.CERTIFICATE_EXPIRY, first.getEpochSecond(), "client_ca"));
        });
    Logging.Dropped dropped = Logging.dropped();
    to.add(Metric.LOG_DROPPED, dropped.noRoom(), "no_room");
    to.add(Metric.LOG_DROPPED, dropped.alike(), "alike");
    JvmMetrics.read(to);
    return to.text();
  }

  private void tokens(Exposition to) {
    Census census = table.census(maxAccounts, seenByAccount.keySet(), isTimeToLook());
    to.add(Metric.ACCOUNTS, census.accounts());
    to.add(Metric.ACCOUNTS_BYTES, table.bytes());
    to.add(Metric.TOKENS, census.tokens());
    to.add(Metric.TOKENS_READY, census.ready());
    census
        .benched()
        .forEach(
            (reason, count) ->
                to.add(Metric.TOKENS_BENCHED, count, reason.name().toLowerCase(Locale.ROOT)));
    to.add(Metric.WAITERS, census.waiters());
    to.add(Metric.LONGEST_WAIT, census.longestWaitNanos() / (double) SECOND_NANOS);
    census
        .expiry()
        .within()
        .forEach((days, count) -> to.add(Metric.TOKENS_EXPIRING, count, String.valueOf(days)));
    if (census.expiry().firstMillis() != Long.MAX_VALUE) {
      to.add(Metric.TOKEN_EXPIRY, census.expiry().firstMillis() / SECOND_MILLIS);
    }
    seenTurns = Math.max(seenTurns, census.turns());
    to.add(Metric.TURNS, seenTurns);
    Map<AccountId, Long> told = new HashMap<>();
    for (Census.Account busy : census.busiest()) {
      String name = busy.account().value();
      long before = seenByAccount.getOrDefault(busy.account(), 0L);
      boolean back = busy.turns() < before && before - busy.turns() < GIVEN_BACK;
      long turns = back ? before : busy.turns();
      told.put(busy.account(), turns);
      to.add(Metric.ACCOUNT_TURNS, turns, name);
      to.add(Metric.ACCOUNT_TOKENS, busy.tokens(), name);
      to.add(Metric.ACCOUNT_READY, busy.ready(), name);
      to.add(Metric.ACCOUNT_WAITERS, busy.waiters(), name);
      to.add(Metric.ACCOUNT_SPREAD, busy.spread(), name);
    }
    seenByAccount = told;
    to.add(Metric.LOADS, census.loads(), "ok");
    to.add(Metric.LOADS, census.failedLoads(), "failed");
  }

  /** Who is among the busiest does not depend on how often, and by how many, this is asked. */
  private boolean isTimeToLook() {
    Instant now = clock.instant();
    boolean due = Duration.between(looked, now).abs().compareTo(LOOK) >= 0;
    if (due) {
      looked = now;
    }
    return due;
  }

  private void store(Exposition to) {
    to.add(Metric.STORE_WAITING, store.waiting());
    to.add(Metric.STORE_RUNNING, store.running());
    for (Database database : databases) {
      PoolUse use = database.poolUse();
      to.add(Metric.STORE_IN_USE, use.inUse(), use.database());
      to.add(Metric.STORE_MOST, use.most(), use.database());
    }
    to.add(Metric.STORE_REACHABLE, store.isReachable() ? 1 : 0);
    to.add(Metric.STORE_OUTAGES, store.outages());
  }

  private static void loops(LoopDelays.Reading delays, Exposition to) {
    to.histogram(Metric.LOOP_SECONDS, LoopDelays.bounds(), delays.buckets(), delays.seconds());
    to.add(Metric.LOOP_OVERDUE, delays.overdueSeconds());
  }

  private void leases(Exposition to) {
    LeaseWriter.Counts counts = leases.counts();
    to.add(Metric.LEASES_GRANTED, counts.granted());
    to.add(Metric.LEASES_LOST, counts.lost());
    to.add(Metric.LEASES_REVOKED, counts.revoked());
    to.add(Metric.LEASE_COMMITS, counts.groups());
    to.add(Metric.LEASE_OPERATIONS, counts.operations());
  }

  private static void webhooks(Deliveries.Counts counts, Exposition to) {
    to.add(Metric.WEBHOOKS_DELIVERED, counts.delivered());
    to.add(Metric.WEBHOOKS_FAILED, counts.failed());
    to.add(Metric.WEBHOOKS_DROPPED, counts.noRoom(), "no_room");
    to.add(Metric.WEBHOOKS_DROPPED, counts.gaveUp(), "gave_up");
    to.add(Metric.WEBHOOKS_DROPPED, counts.refused(), "refused");
    to.add(Metric.WEBHOOKS_PENDING, counts.pending());
  }

  private static void forwards(Exposition to, ForwardCounts counts) {
    to.add(Metric.FLEET_FORWARDED, counts.forwarded());
    to.add(Metric.FLEET_LOOKS, counts.lookedAgain());
    to.add(Metric.FLEET_SPLIT, counts.split());
    to.add(Metric.FLEET_FORGED, counts.forged());
    counts.unreached().forEach((peer, count) -> to.add(Metric.FLEET_PEER_FAILURES, count, peer));
  }

  private void rpcs(Exposition to) {
    double[] bounds = RpcCounts.bounds();
    for (RpcCounts.Reading reading : server.rpcs()) {
      to.add(Metric.RPCS, reading.count(), reading.method(), reading.code());
      if (!reading.buckets().isEmpty()) {
        to.histogram(
            Metric.RPC_SECONDS,
            bounds,
            reading.buckets(),
            reading.seconds(),
            reading.method(),
            reading.code());
      }
    }
  }
}
