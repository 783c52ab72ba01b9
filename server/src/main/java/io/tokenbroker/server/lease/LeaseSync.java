package io.tokenbroker.server.lease;

import io.tokenbroker.server.lease.LeaseRow.End;
import io.tokenbroker.server.lease.LeaseStore.Place;
import io.tokenbroker.server.lease.LeaseStore.Seen;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LiveLeases;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.FailureLog;
import io.tokenbroker.server.store.StoreExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees the leases that others have: all of an account when it is loaded, and every few seconds what
 * has changed since. That goes by time, and misses what was committed long after the time that it
 * bears; so each check also compares some of the places, whatever their time, with what is believed
 * here, and gets round all of them. Thread-safe, never blocks.
 */
public final class LeaseSync {
  private static final Logger log = LoggerFactory.getLogger(LeaseSync.class);

  /** A transaction is seen later than the time it bears, and seldom as much later as this. */
  private static final Duration OVERLAP = Duration.ofSeconds(10);

  /** How many places are compared in a check: some milliseconds' work. */
  private static final int COMPARED = 2_000;

  private final LeaseStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final Leases leases;
  private final LongSupplier ticker;
  private final FailureLog trouble =
      new FailureLog(log, "leases of others not seen", "leases of others seen again");

  /** The database's time at the newest check; null before the first account was loaded. */
  private final AtomicReference<@Nullable Instant> seen = new AtomicReference<>();

  /** The last place that was compared; empty at the begin of a round. */
  private volatile Optional<Place> compared = Optional.empty();

  private record News(Seen changed, Seen some) {}

  public LeaseSync(
      LeaseStore store,
      StoreExecutor executor,
      RotationTable table,
      Leases leases,
      LongSupplier ticker) {
    this.store = store;
    this.executor = executor;
    this.table = table;
    this.leases = leases;
    this.ticker = ticker;
  }

  /** Takes what was read with an account, before anybody can have a turn of it. */
  public void loaded(LiveLeases live) {
    take(new Seen(live.now(), live.leases().stream().map(LeaseSync::row).toList()));
    seen.compareAndSet(null, live.now());
  }

  private static LeaseRow row(LiveLeases.Held held) {
    return new LeaseRow(held.place(), held.lease(), new StreamId(held.stream()), End.NONE);
  }

  /** Tells, never with a failure, whether what others have changed is known. */
  public CompletableFuture<Boolean> check() {
    Optional<Set<AccountId>> accounts = table.loaded().upTo(LeaseStore.MAX_NAMED);
    Instant last = seen.get();
    if (last == null || accounts.filter(Set::isEmpty).isPresent()) {
      return CompletableFuture.completedFuture(true);
    }
    return executor
        .submit(
            () ->
                new News(
                    store.changedByOthers(accounts, last.minus(OVERLAP)),
                    store.ofOthers(accounts, compared, COMPARED)))
        .handle(
            (news, failure) -> {
              if (failure == null) {
                take(news.changed);
                seen.set(news.changed.now());
                compare(news.some);
                trouble.succeeded();
              } else {
                trouble.failed(failure);
              }
              return failure == null;
            });
  }

  /** As {@link #take}, but for what is not new here. */
  private void compare(Seen some) {
    List<LeaseRow> rows = some.rows();
    compared =
        rows.size() < COMPARED
            ? Optional.empty()
            : Optional.of(Place.of(rows.get(rows.size() - 1)));
    take(
        new Seen(
            some.now(),
            rows.stream()
                .filter(row -> row.isLive(some.now()) || leases.believes(row.lease()))
                .toList()));
  }

  private void take(Seen changed) {
    // an account's leases hold for longer than they seem to by now, not for less
    long now = ticker.getAsLong();
    for (LeaseRow row : changed.rows()) {
      Lease lease = row.lease();
      if (row.isLive(changed.now())) {
        leases.tracker().seen(lease, row.place(), row.left(changed.now()), now);
        leases.streamOf(lease, row.stream());
      } else {
        leases.overElsewhere(row);
      }
    }
    leases.tracker().tell();
  }
}
