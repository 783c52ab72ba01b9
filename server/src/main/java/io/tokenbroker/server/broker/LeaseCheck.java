package io.tokenbroker.server.broker;

import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseRow.End;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.lease.LeaseStore.Seen;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Lease;
import io.tokenbroker.server.token.LiveLeases;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees the leases that others have: all of an account when it is loaded, and every few seconds,
 * with one query, what has changed since. Thread-safe, never blocks.
 */
public final class LeaseCheck {
  private static final Logger log = LoggerFactory.getLogger(LeaseCheck.class);

  /** A transaction is seen later than the time it bears, but not as much later as this. */
  private static final Duration OVERLAP = Duration.ofSeconds(10);

  private final LeaseStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final Leases leases;
  private final LongSupplier ticker;
  private final Trouble trouble =
      new Trouble(log, "leases of others not seen", "leases of others seen again");

  /** The database's time at the newest check; null before the first account was loaded. */
  private final AtomicReference<@Nullable Instant> seen = new AtomicReference<>();

  public LeaseCheck(
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
  void loaded(LiveLeases live) {
    take(new Seen(live.now(), live.leases().stream().map(LeaseCheck::row).toList()));
    seen.compareAndSet(null, live.now());
  }

  private static LeaseRow row(LiveLeases.Held held) {
    return new LeaseRow(held.place(), held.lease(), new StreamId(held.stream()), End.NONE);
  }

  /** Completes, never with a failure, when what others have changed is known. */
  public CompletableFuture<?> check() {
    Set<AccountId> accounts = table.fingerprints().keySet();
    Instant last = seen.get();
    if (accounts.isEmpty() || last == null) {
      return CompletableFuture.completedFuture(null);
    }
    return executor
        .submit(() -> store.changedByOthers(accounts, last.minus(OVERLAP)))
        .handle(
            (changed, failure) -> {
              if (failure == null) {
                take(changed);
                seen.set(changed.now());
                trouble.succeeded();
              } else {
                trouble.failed(failure);
              }
              return null;
            });
  }

  private void take(Seen changed) {
    // an account's leases hold for longer than they seem to by now, not for less
    long now = ticker.getAsLong();
    for (LeaseRow row : changed.rows()) {
      Lease lease = row.lease();
      if (row.isLive(changed.now())) {
        leases.book().seen(lease, row.place(), row.left(changed.now()), now);
        leases.streamOf(lease, row.stream());
      } else {
        leases.overElsewhere(row);
      }
    }
    leases.book().tell();
  }
}
