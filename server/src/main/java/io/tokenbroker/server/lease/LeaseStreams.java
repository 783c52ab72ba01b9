package io.tokenbroker.server.lease;

import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.lease.LeaseWriter.Written;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.FailureLog;
import io.tokenbroker.server.store.StoreExecutor;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of leases of this broker, and what becomes of their leases when they end: for a grace
 * the same holder may come back, to any broker, and keep them. Thread-safe, never blocks.
 */
public final class LeaseStreams {
  private static final Logger log = LoggerFactory.getLogger(LeaseStreams.class);

  private final Leases leases;
  private final LeaseStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final Deadlines deadlines;
  private final Duration grace;
  private final LongSupplier ticker;
  private final SecureRandom random = new SecureRandom();
  private final FailureLog trouble =
      new FailureLog(log, "later streams of leases not seen", "later streams of leases seen again");

  /** The newest stream of each holder, open or within its grace. */
  private final Map<StreamOwner, LeaseStream> newest = new ConcurrentHashMap<>();

  /** The leases of streams that have ended, within their grace. */
  private final Map<LeaseStream, Left> lingering = new ConcurrentHashMap<>();

  /**
   * @param end when they are released
   */
  private record Left(List<Lease> leases, Deadlines.Pending end) {}

  /**
   * @param grace how long the leases of a stream that ended wait for their holder, at most their
   *     TTL
   * @param ticker monotonic nanoseconds
   */
  public LeaseStreams(
      Leases leases,
      LeaseStore store,
      StoreExecutor executor,
      RotationTable table,
      Deadlines deadlines,
      Duration grace,
      LongSupplier ticker) {
    this.leases = leases;
    this.store = store;
    this.executor = executor;
    this.table = table;
    this.deadlines = deadlines;
    this.grace = grace;
    this.ticker = ticker;
  }

  /**
   * Opens a stream, which has the leases that an earlier one of the same account, scope and holder
   * left, or still has.
   *
   * @param window how many leases the reader has at once
   * @param ttl null for the account's default
   * @param wake is called, on any thread, when the stream has news
   */
  public LeaseStream open(
      AccountId account,
      Scope scope,
      Holder holder,
      int window,
      @Nullable Duration ttl,
      Runnable wake) {
    StreamOwner owner = new StreamOwner(account, scope, holder);
    LeaseStream stream =
        new LeaseStream(owner, StreamId.random(random), window, leases, deadlines, ticker, wake);
    LeaseStream earlier = newest.put(owner, stream);
    CompletableFuture<?> before = CompletableFuture.completedFuture(null);
    if (earlier != null) {
      earlier.fail(BrokerException.leasesTakenOver(account));
      List<Lease> unused = takeLeft(earlier);
      before = earlier.marked();
    }
    leases
        .ttl(account, ttl)
        .thenCombine(before, (checked, done) -> checked)
        .thenCompose(checked -> adopt(stream, checked))
        .whenComplete((done, failure) -> stream.marked().complete(false))
        .exceptionally(
            failure -> {
              stream.fail(Failures.cause(failure));
              return null;
            });
    return stream;
  }

  private CompletableFuture<@Nullable Void> adopt(LeaseStream stream, Duration ttl) {
    return executor
        // one that nobody reads any more might be marked after its successor on another broker
        .submit(
            () -> stream.isOver() ? List.<LeaseRow>of() : store.open(stream.owner(), stream.id()))
        .thenCompose(
            rows -> {
              stream.marked().complete(true);
              return adopt(stream, ttl, rows);
            });
  }

  private CompletableFuture<@Nullable Void> adopt(
      LeaseStream stream, Duration ttl, List<LeaseRow> rows) {
    List<CompletableFuture<Optional<GrantedLease>>> kept = new ArrayList<>();
    String caller = stream.owner().holder().caller();
    for (LeaseRow row : rows) {
      if (!row.lease().id().isOf(caller)) {
        continue; // of somebody else who calls himself the same
      }
      if (kept.size() < stream.window()) {
        kept.add(
            leases
                .takeOver(stream.owner(), stream.id(), row.lease(), ttl)
                .thenCompose(written -> withToken(stream, written)));
      } else {
        // it runs out, as its holder may rely on it, and no earlier stream renews it
        CompletableFuture<Written> unused =
            leases.takeOver(stream.owner(), stream.id(), row.lease(), null);
      }
    }
    return CompletableFuture.allOf(kept.toArray(CompletableFuture[]::new))
        .thenAccept(
            done -> {
              List<GrantedLease> list =
                  kept.stream().flatMap(lease -> lease.join().stream()).toList();
              if (!stream.begin(ttl, list)) {
                linger(stream, list.stream().map(GrantedLease::lease).toList());
              }
            });
  }

  /** Empty if the lease has ended, or its token was removed: then the lease runs out. */
  private CompletableFuture<Optional<GrantedLease>> withToken(LeaseStream stream, Written written) {
    if (!(written.get() instanceof Standing standing)) {
      if (written.get().isGone(Why.TAKEN_OVER)) {
        stream.fail(BrokerException.leasesTakenOver(stream.owner().account()));
      }
      return CompletableFuture.completedFuture(Optional.empty());
    }
    Lease lease = standing.lease();
    return table
        .load(lease.account())
        .thenApply(loaded -> table.find(lease.account(), lease.token()))
        .thenApply(
            token ->
                token.map(
                    found ->
                        new GrantedLease(
                            lease, found, written.begun(), written.begun() + ttl(lease))));
  }

  private static long ttl(Lease lease) {
    return lease.ttl().toNanos();
  }

  /**
   * Ends the streams whose owners have later ones through other brokers. Tells, never with a
   * failure, whether the store could be asked.
   */
  public CompletableFuture<Boolean> check() {
    Map<StreamOwner, LeaseStream> open = new HashMap<>();
    newest.forEach(
        (owner, stream) -> {
          if (stream.isMarked()) {
            open.put(owner, stream);
          }
        });
    if (open.isEmpty()) {
      return CompletableFuture.completedFuture(true);
    }
    return executor
        .submit(() -> store.newestStreams(open.keySet()))
        .handle(
            (found, failure) -> {
              if (failure == null) {
                found.forEach((owner, newer) -> passed(open.get(owner), newer));
                trouble.succeeded();
              } else {
                trouble.failed(failure);
              }
              return failure == null;
            });
  }

  private static void passed(@Nullable LeaseStream stream, StreamId newest) {
    if (stream != null && !stream.id().equals(newest)) {
      stream.fail(BrokerException.leasesTakenOver(stream.owner().account()));
    }
  }

  /**
   * Forgets in the store which streams were the newest long ago; completes, never with a failure.
   */
  public CompletableFuture<@Nullable Void> forget() {
    return executor
        .run(store::forgetStreams)
        .exceptionally(
            failure -> {
              log.atWarn()
                  .addKeyValue("cause", Failures.text(failure))
                  .log("old marks of streams not removed yet");
              return null;
            });
  }

  /**
   * Ends the streams of accounts that another broker owns by now: there their holders take their
   * leases over.
   *
   * @param why what their readers hear
   */
  public void moved(Collection<AccountId> accounts, Function<AccountId, BrokerException> why) {
    Set<AccountId> gone = Set.copyOf(accounts);
    newest.forEach(
        (owner, stream) -> {
          if (gone.contains(owner.account())) {
            stream.fail(why.apply(owner.account()));
          }
        });
  }

  /** To be told when nobody reads a stream any more. */
  public void close(LeaseStream stream) {
    linger(stream, stream.close());
  }

  private void linger(LeaseStream stream, List<Lease> left) {
    StreamOwner owner = stream.owner();
    if (left.isEmpty()) {
      newest.remove(owner, stream);
      return;
    }
    LeaseStream there = newest.putIfAbsent(owner, stream);
    if (there != null && there != stream) {
      // a later one has them
      return;
    }
    long ttl = left.stream().mapToLong(lease -> lease.ttl().toNanos()).max().orElse(0);
    long end = ticker.getAsLong() + Math.min(grace.toNanos(), ttl);
    // as one step: with no grace at all they may be released at once
    lingering.compute(
        stream, (same, none) -> new Left(left, deadlines.at(end, () -> release(stream, grace))));
    if (newest.get(owner) != stream) {
      List<Lease> unused = takeLeft(stream);
    }
  }

  private List<Lease> takeLeft(LeaseStream stream) {
    Left left = lingering.remove(stream);
    if (left == null) {
      return List.of();
    }
    left.end.cancel();
    return left.leases;
  }

  /**
   * If the holder has come back meanwhile, the leases are another stream's, and stay.
   *
   * @param over of a lease with no longer a TTL nothing is left, unless its holder has renewed it
   *     by a call: then it relies on that
   */
  private CompletableFuture<?> release(LeaseStream stream, Duration over) {
    newest.remove(stream.owner(), stream);
    List<CompletableFuture<Written>> released = new ArrayList<>();
    takeLeft(stream).stream()
        .filter(lease -> lease.ttl().compareTo(over) > 0)
        .forEach(lease -> released.add(leases.releaseOf(stream.id(), lease)));
    return CompletableFuture.allOf(released.toArray(CompletableFuture[]::new));
  }

  /**
   * Releases what all streams that have ended have left, without waiting for their holders.
   * Completes when the store has it, with a failure if it could not.
   */
  public CompletableFuture<@Nullable Void> releaseAll() {
    return CompletableFuture.allOf(
        List.copyOf(lingering.keySet()).stream()
            .map(stream -> release(stream, Duration.ZERO))
            .toArray(CompletableFuture[]::new));
  }
}
