package io.tokenbroker.server.account;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.Changes.Place;
import io.tokenbroker.server.store.FailureLog;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees what was changed in the store behind the broker's back. While few accounts are loaded, each
 * check compares the fingerprints of all. Later it asks which accounts have changed since the check
 * before, and compares those. That goes by time, and misses what was committed long after the time
 * that it bears, and what was removed by hand; so it also compares some of the others, and gets
 * round all of them. Never blocks; one check at a time.
 */
public final class Refresher {
  private static final Logger log = LoggerFactory.getLogger(Refresher.class);

  /** A transaction is seen later than the time it bears, and seldom as much later as this. */
  private static final Duration OVERLAP = Duration.ofSeconds(10);

  /** The store forgets some changes after a day. */
  private static final Duration MAX_GAP = Duration.ofHours(1);

  /** How many accounts are compared whether they have changed or not: some milliseconds' work. */
  static final int FEW = 5 * TokenStore.MAX_COMPARED;

  private final TokenStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final Rounds rounds;
  private final FailureLog trouble =
      new FailureLog(log, "changed accounts not seen", "changed accounts seen again");

  private final FailureLog asking =
      new FailureLog(
          log, "changes can't be read, all accounts are compared", "changes are read again");

  /** The store's time at the newest check, since which changes are asked for; null if all count. */
  private volatile @Nullable Instant seen;

  public Refresher(TokenStore store, StoreExecutor executor, RotationTable table) {
    this.store = store;
    this.executor = executor;
    this.table = table;
    this.rounds = new Rounds(table.loaded());
  }

  /** Tells, never with a failure, when the reloads are done, whether the store could be asked. */
  public CompletableFuture<Boolean> refresh() {
    int loaded = table.size();
    if (loaded == 0) {
      return CompletableFuture.completedFuture(true);
    }
    RefreshCheck check = new RefreshCheck(store, executor, table);
    rounds.begin();
    return (loaded <= FEW ? all(check) : changed(check))
        .handle(
            (now, failure) -> {
              end(check, now, failure);
              return failure == null;
            });
  }

  private CompletableFuture<@Nullable Instant> all(RefreshCheck check) {
    return check.compareSome(rounds, Integer.MAX_VALUE).thenApply(done -> null);
  }

  private CompletableFuture<@Nullable Instant> changed(RefreshCheck check) {
    Instant last = seen;
    return check
        .compareChanged(Optional.ofNullable(last).map(time -> Place.at(time.minus(OVERLAP))))
        .handle(this::told)
        .thenCompose(
            changes ->
                check
                    .compareSome(rounds, isEnough(last, changes) ? FEW : Integer.MAX_VALUE)
                    .thenApply(done -> changes.map(Changes::now).orElse(null)));
  }

  /**
   * Not in an outage, a store that can't tell makes all be compared: a time written by hand, say.
   */
  private Optional<Changes> told(Optional<Changes> changes, @Nullable Throwable failure) {
    if (failure == null) {
      asking.succeeded();
      return changes;
    }
    if (Failures.cause(failure) instanceof BrokerException known) {
      throw known;
    }
    asking.failed(failure);
    return Optional.empty();
  }

  /** Whether what has changed since is known; not so after the store's clock was set back. */
  private static boolean isEnough(@Nullable Instant last, Optional<Changes> changes) {
    return last != null
        && changes.isPresent()
        && !changes.get().now().isBefore(last)
        && Duration.between(last, changes.get().now()).compareTo(MAX_GAP) < 0;
  }

  private void end(RefreshCheck check, @Nullable Instant now, @Nullable Throwable failure) {
    if (check.changed() > 0) {
      log.atInfo()
          .addKeyValue("count", check.changed())
          .addKeyValue("accounts", check.named())
          .log("accounts changed in the store");
    }
    Throwable reload = check.failure();
    // one account that can't be read does not hold the time back: its turn in the round comes
    if (failure == null && (reload == null || !Failures.isOutage(reload))) {
      seen = now;
    }
    Throwable told = failure == null ? reload : failure;
    if (told == null) {
      trouble.succeeded();
    } else {
      trouble.failed(told);
    }
  }
}
