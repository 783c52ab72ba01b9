package io.tokenbroker.server.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.lease.LeaseWriter.Written;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a window of leases in one reader's hands: renews them, says what becomes of them, and gets
 * the next one when one is released or lost. Thread-safe; calls nobody under its lock.
 */
public final class LeaseStream {
  /** What a stream can't wait out. */
  private static final Set<FailureReason> LASTING =
      Collections.unmodifiableSet(
          EnumSet.of(
              FailureReason.CREDENTIALS_DO_NOT_EXIST,
              FailureReason.INVALID_FIELD,
              FailureReason.LEASE_LOST,
              FailureReason.SHUTTING_DOWN,
              FailureReason.INTERNAL));

  /** How many leases it asks for at once. */
  private static final int MAX_ASKED = 64;

  private static final Duration WAIT_FOREVER = Duration.ofDays(36_500);
  private static final long RETRY_NANOS = 1_000_000_000;

  /** A lease is said to be lost this share of its TTL, at most a second, before its end. */
  private static final int LOST_SHARE = 10;

  private final StreamOwner owner;
  private final StreamId id;
  private final int window;
  private final Leases leases;
  private final Deadlines deadlines;
  private final LongSupplier ticker;
  private final Runnable wake;
  private final CompletableFuture<Boolean> marked = new CompletableFuture<>();

  @GuardedBy("this")
  private final StreamWindow hand = new StreamWindow();

  @GuardedBy("this")
  private final Set<CompletableFuture<GrantedLease>> asked =
      Collections.newSetFromMap(new IdentityHashMap<>());

  @GuardedBy("this")
  private Duration ttl = Duration.ZERO;

  @GuardedBy("this")
  private int asking;

  @GuardedBy("this")
  private boolean begun;

  /** Whether no token was ready the last time, so that it waits for one. */
  @GuardedBy("this")
  private boolean waits;

  @GuardedBy("this")
  private boolean pausing;

  @GuardedBy("this")
  private boolean everGranted;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private @Nullable Throwable failure;

  /**
   * @param wake is called, on any thread, when there is something to say
   */
  LeaseStream(
      StreamOwner owner,
      StreamId id,
      int window,
      Leases leases,
      Deadlines deadlines,
      LongSupplier ticker,
      Runnable wake) {
    this.owner = owner;
    this.id = id;
    this.window = window;
    this.leases = leases;
    this.deadlines = deadlines;
    this.ticker = ticker;
    this.wake = wake;
  }

  StreamOwner owner() {
    return owner;
  }

  StreamId id() {
    return id;
  }

  int window() {
    return window;
  }

  /**
   * Completed by whoever opens it: with true once the store has it as its owner's newest, and with
   * false if it comes to nothing. Streams of one owner are marked one after the other.
   */
  CompletableFuture<Boolean> marked() {
    return marked;
  }

  /** Whether it can be told by the store that there is a later one. */
  boolean isMarked() {
    return marked.getNow(false) && !isOver();
  }

  /** Whether nothing is granted to it any more. */
  synchronized boolean isOver() {
    return closed || failure != null;
  }

  /**
   * Begins with the leases that the holder has already.
   *
   * @param leaseTtl within the account's bounds
   * @return false if the stream was closed before
   */
  boolean begin(Duration leaseTtl, List<GrantedLease> kept) {
    synchronized (this) {
      if (isOver()) {
        return false;
      }
      ttl = leaseTtl;
      begun = true;
      everGranted = !kept.isEmpty();
      kept.forEach(lease -> hand.add(lease, true));
    }
    kept.forEach(this::guard);
    wake.run();
    fill();
    return true;
  }

  /** Why the stream is over; empty if it is not. */
  public synchronized Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** The next event. */
  public Optional<LeaseEvent> poll() {
    Optional<LeaseEvent> event;
    synchronized (this) {
      event = hand.poll();
    }
    if (event.isPresent()
        && (event.get() instanceof LeaseEvent.Lost || event.get() instanceof LeaseEvent.Revoked)) {
      // its place in the window is free now that the reader knows
      fill();
    }
    return event;
  }

  /** Ends the stream with a failure; its leases stay as they are. */
  void fail(Throwable cause) {
    synchronized (this) {
      if (closed || failure != null) {
        return;
      }
      failure = cause;
    }
    wake.run();
  }

  /** Stops all that goes on; gives the leases that still hold, of which it will say no more. */
  List<Lease> close() {
    List<CompletableFuture<GrantedLease>> open;
    List<Lease> standing;
    synchronized (this) {
      closed = true;
      open = List.copyOf(asked);
      standing = hand.standing();
      hand.leaveAlone();
    }
    open.forEach(future -> future.cancel(false));
    standing.forEach(lease -> leases.unwatch(lease.id(), id));
    return standing;
  }

  private void fill() {
    int more;
    Duration patience;
    Duration leaseTtl;
    synchronized (this) {
      if (!begun || closed || failure != null || pausing) {
        return;
      }
      int missing = window - hand.size() - asking;
      more = Math.min(missing, waits ? 1 - asking : MAX_ASKED - asking);
      patience = waits ? WAIT_FOREVER : Duration.ZERO;
      leaseTtl = ttl;
      if (more <= 0) {
        return;
      }
      asking += more;
    }
    for (int i = 0; i < more; i++) {
      ask(leaseTtl, patience);
    }
  }

  private void ask(Duration leaseTtl, Duration patience) {
    CompletableFuture<GrantedLease> future =
        leases.acquire(owner.account(), owner.scope(), owner.holder(), leaseTtl, patience, id);
    boolean cancel;
    synchronized (this) {
      cancel = closed;
      asked.add(future);
    }
    if (cancel) {
      future.cancel(false);
    }
    boolean waited = !patience.isZero();
    future.whenComplete((granted, problem) -> answered(future, waited, granted, problem));
  }

  @SuppressWarnings("CollectionUndefinedEquality") // a set by identity
  private void answered(
      CompletableFuture<GrantedLease> future,
      boolean waited,
      @Nullable GrantedLease granted,
      @Nullable Throwable problem) {
    boolean wanted = false;
    synchronized (this) {
      asked.remove(future);
      asking--;
      if (granted != null && !closed && failure == null) {
        wanted = true;
        everGranted = true;
        waits = false;
        hand.add(granted, false);
      } else if (problem != null && !closed) {
        react(Failures.cause(problem), waited);
      }
    }
    if (wanted && granted != null) {
      guard(granted);
    } else if (granted != null) {
      // its reader has not heard of it
      CompletableFuture<Written> unused = leases.releaseOf(id, granted.lease());
    }
    wake.run();
    fill();
  }

  /** What a lease that was not granted means. */
  @GuardedBy("this")
  private void react(Throwable problem, boolean waited) {
    FailureReason reason = Failures.reasonOf(problem);
    // each of those that were asked for together may say so
    if (!waited
        && (reason == FailureReason.TOKENS_LEASED || reason == FailureReason.TOKENS_COOLING)) {
      waits = true;
      return;
    }
    boolean hasSome = hand.size() > 0;
    if (LASTING.contains(reason)
        || (!hasSome && !(everGranted && reason == FailureReason.STORE_UNAVAILABLE))) {
      failure = problem;
    } else if (!pausing) {
      pausing = true;
      deadlines.at(ticker.getAsLong() + RETRY_NANOS, this::resume);
    }
  }

  private void resume() {
    synchronized (this) {
      pausing = false;
    }
    fill();
  }

  // ---- the life of a lease

  private void guard(GrantedLease granted) {
    LeaseId lease = granted.lease().id();
    leases.watch(lease, id, how -> endedElsewhere(lease, how));
    boolean over;
    synchronized (this) {
      StreamWindow.Held held = hand.standing(lease);
      over = closed || held == null;
      if (!closed && held != null) {
        renewAt(held, granted.begun() + granted.lease().ttl().toNanos() / 3);
        lostAt(held, granted.sureUntil() - margin(granted.lease()));
      }
    }
    if (over) {
      // perhaps before there was anything to unwatch
      leases.unwatch(lease, id);
    }
  }

  @GuardedBy("this")
  private void renewAt(StreamWindow.Held held, long time) {
    LeaseId lease = held.lease.id();
    held.renewAt(deadlines.at(time, () -> renew(lease)));
  }

  @GuardedBy("this")
  private void lostAt(StreamWindow.Held held, long time) {
    LeaseId lease = held.lease.id();
    held.lostAt(deadlines.at(time, () -> checkLost(lease)));
  }

  private void renew(LeaseId lease) {
    Lease standing;
    synchronized (this) {
      StreamWindow.Held held = hand.standing(lease);
      if (held == null || closed || failure != null) {
        return;
      }
      standing = held.lease;
    }
    leases.renewFor(id, standing).whenComplete((written, problem) -> renewed(standing, written));
  }

  private void renewed(Lease before, @Nullable Written written) {
    long ttlNanos = before.ttl().toNanos();
    if (written == null) {
      // until it succeeds, or the lease is lost for sure
      synchronized (this) {
        StreamWindow.Held held = hand.standing(before.id());
        if (held != null && !closed) {
          renewAt(held, ticker.getAsLong() + Math.min(ttlNanos / LOST_SHARE, RETRY_NANOS));
        }
      }
    } else if (written.get() instanceof Standing standing) {
      synchronized (this) {
        StreamWindow.Held held = hand.standing(before.id());
        if (held == null) {
          return;
        }
        Lease lease = standing.lease();
        ttlNanos = lease.ttl().toNanos();
        hand.renewed(held, lease, written.begun() + ttlNanos);
        if (!closed) {
          renewAt(held, written.begun() + ttlNanos / 3);
        }
      }
      wake.run();
    } else if (written.get().isGone(Why.TAKEN_OVER)) {
      fail(BrokerException.leasesTakenOver(owner.account()));
    } else {
      boolean revoked = written.get().isGone(Why.REVOKED);
      end(before.id(), revoked ? LeaseEvent.Revoked::new : LeaseEvent.Lost::new);
    }
  }

  /**
   * A lease has one such deadline: if it was renewed, it waits on. One that is lost is not
   * released: its reader may hear of it late, or have renewed it by a call.
   */
  private void checkLost(LeaseId lease) {
    synchronized (this) {
      StreamWindow.Held held = hand.standing(lease);
      if (held == null || closed || failure != null) {
        return;
      }
      long time = held.sureUntil - margin(held.lease);
      if (time - ticker.getAsLong() > 0) {
        lostAt(held, time);
        return;
      }
    }
    end(lease, LeaseEvent.Lost::new);
  }

  private void endedElsewhere(LeaseId lease, LeaseEnd how) {
    switch (how) {
      case RELEASED -> {
        synchronized (this) {
          hand.remove(lease);
        }
        leases.unwatch(lease, id);
        fill();
      }
      case REVOKED -> end(lease, LeaseEvent.Revoked::new);
      case EXPIRED -> end(lease, LeaseEvent.Lost::new);
      // whether it really was, the database knows
      case TAKEN_OVER -> renew(lease);
    }
  }

  private void end(LeaseId lease, Function<Lease, LeaseEvent> how) {
    synchronized (this) {
      StreamWindow.Held held = hand.standing(lease);
      if (held == null) {
        return;
      }
      hand.end(held, how.apply(held.lease));
    }
    leases.unwatch(lease, id);
    wake.run();
    fill();
  }

  private static long margin(Lease lease) {
    return Math.min(lease.ttl().toNanos() / LOST_SHARE, RETRY_NANOS);
  }
}
