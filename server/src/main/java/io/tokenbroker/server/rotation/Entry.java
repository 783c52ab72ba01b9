package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Hold;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.FifoFuture;
import io.tokenbroker.server.model.TokenId;
import java.util.HashMap;
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

  final AccountId account;
  final int hash;

  /** In its bucket of {@link Entries}. */
  @Nullable Entry next;

  @Nullable Rotation rotation;

  /** That of what is loaded. */
  private int rows;

  private long sum;

  /** Before it is known. */
  static final long LOADING_BYTES = 4 * 1024;

  /** A look at an account that can't go costs something: not again before so long. */
  private static final long PINNED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** As {@link Evictions} has counted it. */
  long bytes;

  /** Since the last look at it. */
  boolean used = true;

  /** Whether it may take more than {@link #bytes} by now. */
  boolean uncounted = true;

  /** Whether it is among the {@link UnsavedEntries}. */
  boolean listed;

  /** Among the {@link ChangedEntries}; -1 if it is not there. */
  int place = -1;

  private long pinnedUntil = Long.MIN_VALUE;

  /** The newest turn of the position that the store has. */
  long savedTurn;

  /** The newest turn before it was loaded. */
  private long firstTurn;

  /** What {@link #turns} was when it was counted last. */
  long countedTurns;

  private @Nullable Load load;

  /** The load that runs now. */
  private static final class Load {
    final FifoFuture<Void> end = new FifoFuture<>();

    /** The one to run after it, for those who need what the store has from now on. */
    @Nullable Load next;

    /** What was said of leases while it ran; null if nothing was. */
    @Nullable Map<TokenId, RemoteHolds> heard;
  }

  Entry(AccountId account, int hash, Right right) {
    this.account = account;
    this.hash = hash;
    this.right = right;
  }

  Fingerprint fingerprint() {
    return new Fingerprint(rows, sum);
  }

  void setFingerprint(Fingerprint fresh) {
    rows = Math.toIntExact(fresh.rows());
    sum = fresh.sum();
  }

  boolean isLoading() {
    return load != null;
  }

  /** Something was said of a token's leases, which the load that runs may not know. */
  void hear(TokenId token, RemoteHolds leased) {
    if (load != null) {
      if (load.heard == null) {
        load.heard = new HashMap<>();
      }
      load.heard.merge(token, leased, RemoteHolds::newer);
    }
  }

  /** What the load that runs may not know of leases. */
  Map<TokenId, RemoteHolds> heard() {
    return load == null || load.heard == null ? Map.of() : load.heard;
  }

  /** The load that runs; if none does, a new one, which the caller must start. */
  CompletableFuture<Void> join() {
    if (load == null) {
      load = new Load();
    }
    return load.end.join();
  }

  /** A load that has not begun yet; if none runs, the caller must start it. */
  CompletableFuture<Void> joinNext() {
    if (load == null) {
      return join();
    }
    if (load.next == null) {
      load.next = new Load();
    }
    return load.next.end.join();
  }

  /**
   * Ends the running load; {@link #isLoading} if the caller must start another.
   *
   * @return what those who wait for it are told by, outside the lock
   */
  FifoFuture<Void> endLoad() {
    Load ended = load;
    load = ended == null ? null : ended.next;
    return ended == null ? new FifoFuture<>() : ended.end;
  }

  /** How many turns were handed out since it was loaded. */
  long turns() {
    return rotation == null ? 0 : rotation.turn() - firstTurn;
  }

  boolean isUnsaved() {
    return hasMoved() || hasUnsavedStates();
  }

  /** Whether the store has another position. */
  boolean hasMoved() {
    return rotation != null && rotation.turn() != savedTurn;
  }

  /** Whether the store has to be told of its tokens' states. */
  boolean hasUnsavedStates() {
    return rotation != null && rotation.isUnsaved();
  }

  /** Whether nobody waits or has leases, and whether all that the store does not know is over. */
  private static boolean isIdle(Rotation rotation, Moment moment) {
    if (rotation.waiters() > 0
        || rotation.bench.hasLeases()
        || Hold.left(rotation.bench.pause, moment) > 0) {
      return false;
    }
    for (Slot slot : rotation.slots) {
      if (!slot.isPlain() && !slot.state().isStored(moment)) {
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
   * @param made what the rotation was made of
   * @param leased what others hold of its tokens
   */
  void publish(
      Rotation fresh,
      Slots made,
      AccountSnapshot snapshot,
      Map<TokenId, RemoteHolds> leased,
      Moment moment) {
    fresh.right = right;
    if (rotation == null) {
      fresh.begin(snapshot.position(), leased, moment);
      savedTurn = snapshot.position().turn();
      firstTurn = savedTurn;
    } else {
      fresh.begin(rotation, made, leased, moment);
    }
    rotation = fresh;
    setFingerprint(snapshot.fingerprint());
  }
}
