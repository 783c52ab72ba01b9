package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Hold;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An account in the table: loaded, being loaded, or both. At most one load runs at a time, so that
 * an older snapshot never replaces a newer one. Guarded by its stripe.
 */
final class Entry {
  /** By which it was loaded, or is being loaded; another one never uses what it has. */
  final Right right;

  @Nullable Rotation rotation;
  Fingerprint fingerprint = Fingerprint.NONE;

  /** Of its tokens without limits of their own. */
  TokenLimits limits = TokenLimits.NONE;

  /** Before it is known. */
  static final long LOADING_BYTES = 4 * 1024;

  /** A look at an account that can't go costs something: not again before so long. */
  private static final long PINNED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** As {@link Evictions} has counted it. */
  long bytes;

  /** Since the last look at it. */
  boolean used = true;

  /** Among the {@link ChangedEntries}; -1 if it is not there. */
  int place = -1;

  private long pinnedUntil = Long.MIN_VALUE;

  /** The newest turn of the position that the store has. */
  long savedTurn;

  /** The newest turn before it was loaded. */
  private long firstTurn;

  /** What {@link #turns} was when it was counted last. */
  long countedTurns;

  /** The load that runs now. */
  private @Nullable CompletableFuture<Void> running;

  /** The load to run after it, for those who need what the store has from now on. */
  private @Nullable CompletableFuture<Void> queued;

  Entry(Right right) {
    this.right = right;
  }

  boolean isLoading() {
    return running != null;
  }

  /** The load that runs; if none does, a new one, which the caller must start. */
  CompletableFuture<Void> join() {
    if (running == null) {
      running = new CompletableFuture<>();
    }
    return running;
  }

  /** A load that has not begun yet; if none runs, the caller must start it. */
  CompletableFuture<Void> joinNext() {
    if (running == null) {
      return join();
    }
    if (queued == null) {
      queued = new CompletableFuture<>();
    }
    return queued;
  }

  /**
   * Ends the running load, which is returned; {@link #isLoading} if the caller must start another.
   */
  CompletableFuture<Void> endLoad() {
    CompletableFuture<Void> ended = join();
    running = queued;
    queued = null;
    return ended;
  }

  /** How many turns were handed out since it was loaded. */
  long turns() {
    return rotation == null ? 0 : rotation.turn() - firstTurn;
  }

  boolean isUnsaved() {
    return rotation != null && (rotation.turn() != savedTurn || rotation.isUnsaved());
  }

  /** Whether nobody waits or has leases, and whether all that the store does not know is over. */
  private static boolean isIdle(Rotation rotation, Moment moment) {
    if (rotation.waiters() > 0
        || rotation.bench.hasLeases()
        || Hold.left(rotation.bench.pause, moment) > 0) {
      return false;
    }
    for (Slot slot : rotation.slots) {
      if (!slot.isPlain() && !slot.standing().isStored(moment)) {
        return false;
      }
    }
    return true;
  }

  /** Whether nothing is lost and nobody hurt if it is put out, and loaded again later. */
  boolean isIdle(Moment moment) {
    if (rotation == null || isLoading() || isUnsaved() || moment.nanos() < pinnedUntil) {
      return false;
    }
    boolean idle = isIdle(rotation, moment);
    if (!idle) {
      pinnedUntil = moment.nanos() + PINNED_NANOS;
    }
    return idle;
  }

  /**
   * @param leased what others hold of its tokens
   */
  void publish(
      Rotation fresh, AccountSnapshot snapshot, Map<TokenId, RemoteHolds> leased, Moment moment) {
    if (rotation == null) {
      fresh.begin(snapshot.position(), leased, moment);
      savedTurn = snapshot.position().turn();
      firstTurn = savedTurn;
    } else {
      fresh.begin(rotation, leased, moment);
    }
    fresh.right = right;
    rotation = fresh;
    fingerprint = snapshot.fingerprint();
    limits = snapshot.limits();
  }
}
