package io.tokenbroker.server.lease;

import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Gone;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.lease.LeaseStore.Place;
import io.tokenbroker.server.lease.LeaseStore.Placed;
import io.tokenbroker.server.lease.LeaseWriter.Written;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.Page;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.rotation.RemoteHolds;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.StoreExecutor;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases, granted, renewed and ended one by one. Thread-safe, never blocks. Futures fail with a
 * {@link BrokerException}.
 */
public final class Leases {
  private static final Logger log = LoggerFactory.getLogger(Leases.class);

  /** How many deadlines are seen to at a time: some milliseconds' work. */
  private static final int MAX_AT_ONCE = 10_000;

  private final LeaseStore store;
  private final StoreExecutor executor;
  private final LeasePolicies policies;
  private final LeaseBounds bounds;
  private final LeaseWriter writer;
  private final LeaseTracker tracker;
  private final Deadlines deadlines;
  private final Acquisition.Tools tools;

  /** The streams that are to be told when somebody else ends a lease of theirs. */
  private final Map<LeaseId, Watcher> watchers = new ConcurrentHashMap<>();

  private record Watcher(StreamId stream, Consumer<LeaseEnd> ends) {}

  /**
   * @param bounds of accounts that have none of their own
   * @param byCaller how many leases each caller has
   * @param deadlines are run by {@link #tick}
   * @param ticker monotonic nanoseconds
   * @param clock for what callers are told only
   */
  public Leases(
      LeaseStore store,
      StoreExecutor executor,
      RotationTable table,
      LeasePolicies policies,
      LeaseBounds bounds,
      LeaseWriter writer,
      CallerLeases byCaller,
      Deadlines deadlines,
      LongSupplier ticker,
      InstantSource clock) {
    this.store = store;
    this.executor = executor;
    this.policies = policies;
    this.bounds = bounds;
    this.writer = writer;
    this.deadlines = deadlines;
    this.tracker = new LeaseTracker(table, deadlines, ticker);
    this.tools =
        new Acquisition.Tools(table, writer, tracker, byCaller, new SecureRandom(), ticker, clock);
  }

  /**
   * Grants a lease. Cancelling the future gives back what was not answered yet.
   *
   * @param ttl null for the account's default
   * @param patience how long to wait for a token; zero fails at once
   */
  public CompletableFuture<GrantedLease> acquire(
      AccountId account, Scope scope, Holder holder, @Nullable Duration ttl, Duration patience) {
    return acquire(account, scope, holder, ttl, patience, StreamId.NONE);
  }

  CompletableFuture<GrantedLease> acquire(
      AccountId account,
      Scope scope,
      Holder holder,
      @Nullable Duration ttl,
      Duration patience,
      StreamId stream) {
    return Acquisition.start(
        tools,
        new Acquisition.Wanted(account, scope, holder, stream, patience),
        policies
            .get(account)
            .thenApply(
                policy ->
                    new Acquisition.Terms(bounds.with(policy).check(ttl), policy.perToken())));
  }

  /** The TTL that an account gives a lease that is asked for with {@code ttl}. */
  CompletableFuture<Duration> ttl(AccountId account, @Nullable Duration ttl) {
    return policies.get(account).thenApply(policy -> bounds.with(policy).check(ttl));
  }

  /**
   * Prolongs a lease, whichever broker granted it.
   *
   * @param ttl null for as long as before
   */
  public CompletableFuture<Lease> renew(LeaseId id, long fencingNumber, @Nullable Duration ttl) {
    CompletableFuture<@Nullable Duration> checked =
        ttl == null ? CompletableFuture.completedFuture(null) : checked(id, ttl);
    return checked
        .thenCompose(good -> write(new LeaseOp.Renew(id, fencingNumber, good, null)))
        .thenApply(
            written -> {
              if (written.get() instanceof Standing standing) {
                seen(standing, written);
                return standing.lease();
              }
              throw lost(id, written);
            });
  }

  private static BrokerException lost(LeaseId id, Written written) {
    return BrokerException.leaseLost(
        id, written.get() instanceof Gone gone ? gone.account() : null);
  }

  private CompletableFuture<@Nullable Duration> checked(LeaseId id, Duration ttl) {
    // what no account allows costs no query
    Duration unused =
        new LeaseBounds(LeasePolicy.SHORTEST_TTL, ttl, LeasePolicy.LONGEST_TTL).check(ttl);
    return executor
        .submit(() -> store.find(id).orElseThrow(() -> BrokerException.leaseLost(id, null)))
        .thenCompose(lease -> ttl(lease.account(), ttl));
  }

  /** As {@link #renew}, for a stream. */
  CompletableFuture<Written> renewFor(StreamId stream, Lease lease) {
    return write(new LeaseOp.Renew(lease.id(), lease.fencingNumber(), null, stream))
        .thenApply(this::seenIfStanding);
  }

  /**
   * Lets a stream have a lease that another one of its owner had.
   *
   * @param ttl null to leave its end as it is
   */
  CompletableFuture<Written> takeOver(
      StreamOwner owner, StreamId stream, Lease lease, @Nullable Duration ttl) {
    return write(new LeaseOp.TakeOver(lease.id(), lease.fencingNumber(), ttl, owner, stream))
        .thenApply(this::seenIfStanding);
  }

  private Written seenIfStanding(Written written) {
    if (written.get() instanceof Standing standing) {
      seen(standing, written);
    }
    return written;
  }

  private void seen(Standing standing, Written written) {
    tracker.seen(standing.lease(), standing.place(), standing.left(), written.done());
    tracker.tell();
  }

  /**
   * Ends a lease.
   *
   * @param outcome takes a report, if this call ended the lease
   * @return whether it had ended before
   */
  public CompletableFuture<Boolean> release(LeaseId id, long fencingNumber, OutcomePort outcome) {
    return write(new LeaseOp.Release(id, fencingNumber, null))
        .thenCompose(
            written -> {
              if (written.get() instanceof Ended ended) {
                return outcome
                    .report(ended.lease())
                    .handle(
                        (reported, failure) -> {
                          // in the rotation only when the report has taken effect
                          over(ended.lease(), LeaseEnd.RELEASED);
                          return failure == null ? null : Failures.cause(failure);
                        })
                    .thenCompose(
                        failure ->
                            failure == null || isOfTokenThatIsGone(failure)
                                ? CompletableFuture.completedFuture(false)
                                : CompletableFuture.failedFuture(failure));
              }
              if (written.get().isGone(Why.OTHER_NUMBER)) {
                throw lost(id, written);
              }
              return CompletableFuture.completedFuture(true);
            });
  }

  /** A token may be removed while it is leased: then there is nobody to report to. */
  private static boolean isOfTokenThatIsGone(Throwable failure) {
    return Failures.is(FailureReason.TOKEN_DOES_NOT_EXIST, failure)
        || Failures.is(FailureReason.CREDENTIALS_DO_NOT_EXIST, failure);
  }

  /**
   * Ends a lease if it is still this stream's, and nobody has renewed it since the stream did: its
   * holder relies on that.
   */
  CompletableFuture<Written> releaseOf(StreamId stream, Lease lease) {
    return write(new LeaseOp.Release(lease.id(), lease.fencingNumber(), stream, lease.expireTime()))
        .thenApply(
            written -> {
              if (written.get() instanceof Ended) {
                tracker.ended(lease);
              }
              return written;
            });
  }

  /** Ends a lease against its holder's will. */
  public CompletableFuture<Lease> revoke(LeaseId id) {
    return write(new LeaseOp.Revoke(id))
        .thenApply(
            written -> {
              if (written.get() instanceof Ended ended) {
                Lease lease = ended.lease();
                log.atInfo()
                    .addKeyValue("account", lease.account())
                    .addKeyValue("token_id", lease.token())
                    .addKeyValue("holder", lease.holder())
                    .addKeyValue("fencing_number", lease.fencingNumber())
                    .log("lease revoked");
                over(lease, LeaseEnd.REVOKED);
                return lease;
              }
              throw BrokerException.leaseDoesNotExist(id);
            });
  }

  /**
   * Leases that hold, by account, token and place.
   *
   * @param size 1 to {@link Page#MAX_SIZE}
   */
  public CompletableFuture<Page<Placed>> list(
      Optional<AccountId> account, Optional<Place> after, int size) {
    return executor.submitList(() -> Page.of(store.list(account, after, size + 1), size));
  }

  /** Tells a stream, on any thread, if somebody else ends its lease. */
  void watch(LeaseId id, StreamId stream, Consumer<LeaseEnd> ends) {
    watchers.put(id, new Watcher(stream, ends));
  }

  void unwatch(LeaseId id, StreamId stream) {
    watchers.computeIfPresent(id, (any, there) -> there.stream.equals(stream) ? null : there);
  }

  /** A lease was seen to be a stream's. */
  void streamOf(Lease lease, StreamId stream) {
    Watcher watcher = watchers.get(lease.id());
    if (watcher != null && !watcher.stream.equals(stream)) {
      watcher.ends.accept(LeaseEnd.TAKEN_OVER);
    }
  }

  /** Whether anybody here has yet to hear of a lease's end. */
  boolean believes(Lease lease) {
    return watchers.containsKey(lease.id()) || tracker.believes(lease);
  }

  /** A lease has ended through this broker. */
  private void over(Lease lease, LeaseEnd how) {
    tracker.ended(lease);
    tell(lease.id(), how);
  }

  /** A lease was seen to have ended. */
  void overElsewhere(LeaseRow row) {
    tracker.ended(row.lease());
    Watcher watcher = watchers.get(row.lease().id());
    if (watcher != null && !watcher.stream.equals(row.stream())) {
      // how it ended is the other stream's affair
      streamOf(row.lease(), row.stream());
      return;
    }
    tell(
        row.lease().id(),
        switch (row.end()) {
          case RELEASED -> LeaseEnd.RELEASED;
          case REVOKED -> LeaseEnd.REVOKED;
          case NONE -> LeaseEnd.EXPIRED;
        });
  }

  private void tell(LeaseId id, LeaseEnd how) {
    Watcher watcher = watchers.get(id);
    if (watcher != null) {
      watcher.ends.accept(how);
    }
  }

  /**
   * Does what is due by now, a bounded part of it: believes that leases are over, and renews those
   * of streams.
   *
   * @return whether more is due
   */
  public boolean tick() {
    boolean more = deadlines.run(MAX_AT_ONCE);
    tracker.tell();
    return more;
  }

  /** All that is leased of an account, as far as it is known here. */
  public Map<TokenId, RemoteHolds> leasedElsewhere(AccountId account) {
    return tracker.leasedElsewhere(account);
  }

  LeaseTracker tracker() {
    return tracker;
  }

  private CompletableFuture<Written> write(LeaseOp op) {
    return writer.write(op);
  }
}
