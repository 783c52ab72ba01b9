package io.tokenbroker.server.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The watchers of one account and the newest state for them, which is made at most once in {@link
 * WatchPace#INTERVAL_NANOS} whatever happens, and not by who made it happen. Thread-safe; nothing
 * foreign is called while its lock is held.
 */
final class WatchedAccount<M> implements Runnable {
  /** How many watchers are woken before others have their turn, in bytes of their messages. */
  private static final long PORTION_BYTES = 1024 * 1024;

  /**
   * @param version from 1; 0 before there is any
   * @param message is complete, or has failed
   * @param bytes of the message
   */
  record State<M>(long version, CompletableFuture<M> message, int bytes) {}

  private record Awaited<M>(long change, CompletableFuture<State<M>> state) {}

  private final Supplier<Snapshot<M>> snapshots;
  private final WatchPace pace;

  /** Is called once, when the last watcher has gone; set before there is any. */
  Runnable onEmpty = () -> {};

  private volatile State<M> newest = new State<>(0, new CompletableFuture<>(), 0);

  @GuardedBy("this")
  private final Set<Watch<M>> watches = new LinkedHashSet<>();

  @GuardedBy("this")
  private List<Awaited<M>> waiting = new ArrayList<>();

  @GuardedBy("this")
  private long changes = 1;

  @GuardedBy("this")
  private long made;

  @GuardedBy("this")
  private long notBefore;

  @GuardedBy("this")
  private boolean making;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private boolean delivering;

  // only used by who delivers
  private Iterator<Watch<M>> round = List.<Watch<M>>of().iterator();
  private long roundVersion;

  /**
   * @param snapshots makes the newest, or throws why there is none
   */
  WatchedAccount(Supplier<Snapshot<M>> snapshots, WatchPace pace) {
    this.snapshots = snapshots;
    this.pace = pace;
    this.notBefore = pace.now();
  }

  /** False if the last watcher has gone, and so this with it. */
  synchronized boolean add(Watch<M> watch) {
    return !closed && watches.add(watch);
  }

  void remove(Watch<M> watch) {
    synchronized (this) {
      if (!watches.remove(watch) || !watches.isEmpty()) {
        return;
      }
      closed = true;
    }
    onEmpty.run();
  }

  State<M> newest() {
    return newest;
  }

  /** To be told after each change; returns at once. */
  @Override
  public void run() {
    synchronized (this) {
      changes++;
      if (making || closed) {
        return;
      }
      making = true;
    }
    pace.at(notBefore(), this::make);
  }

  /** The state after all changes until now: at once, if nothing has changed since it was made. */
  CompletableFuture<State<M>> fresh() {
    CompletableFuture<State<M>> fresh = new CompletableFuture<>();
    synchronized (this) {
      if (made == changes) {
        return CompletableFuture.completedFuture(newest);
      }
      waiting.add(new Awaited<>(changes, fresh));
      if (making) {
        return fresh;
      }
      making = true;
    }
    pace.at(notBefore(), this::make);
    return fresh;
  }

  private synchronized long notBefore() {
    return notBefore;
  }

  private void make() {
    long change = begin();
    State<M> state = state(newest.version + 1);
    List<Awaited<M>> served = new ArrayList<>();
    boolean again;
    synchronized (this) {
      newest = state;
      made = change;
      List<Awaited<M>> left = new ArrayList<>();
      waiting.forEach(one -> (one.change <= change ? served : left).add(one));
      waiting = left;
      again = changes > change && !closed;
      making = again;
    }
    served.forEach(one -> one.state.complete(state));
    if (again) {
      pace.at(notBefore(), this::make);
    }
    deliver();
  }

  private synchronized long begin() {
    notBefore = pace.now() + WatchPace.INTERVAL_NANOS;
    return changes;
  }

  private State<M> state(long version) {
    try {
      Snapshot<M> made = snapshots.get();
      return new State<>(version, CompletableFuture.completedFuture(made.message()), made.bytes());
    } catch (RuntimeException e) {
      return new State<>(version, CompletableFuture.failedFuture(e), 0);
    }
  }

  /** Wakes all watchers, a portion at a time; one round after the other. */
  private void deliver() {
    synchronized (this) {
      if (delivering || watches.isEmpty()) {
        return;
      }
      delivering = true;
      round = List.copyOf(watches).iterator();
      roundVersion = newest.version;
    }
    pace.afterBytes(0, this::portion);
  }

  private void portion() {
    long bytes = 0;
    while (round.hasNext() && bytes < PORTION_BYTES) {
      Watch<M> watch = round.next();
      if (watch.isBehind()) {
        bytes += newest.bytes;
        watch.wake();
      }
    }
    if (round.hasNext()) {
      pace.afterBytes(bytes, this::portion);
    } else {
      long unused = pace.spend(bytes);
      endRound();
    }
  }

  private void endRound() {
    boolean again;
    synchronized (this) {
      delivering = false;
      again = roundVersion < newest.version;
    }
    if (again) {
      deliver();
    }
  }
}
