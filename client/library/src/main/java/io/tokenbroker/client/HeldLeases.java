package io.tokenbroker.client;

import io.tokenbroker.v1.Lease;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The leases in the hands of one stream's reader, taken or waiting to be. Thread-safe; its lock is
 * never held while anything outside is called. What a method returns is to be told as lost, leases
 * that were taken, unless it says something else. At most the window is here, and as many that are
 * being released.
 */
final class HeldLeases {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, StreamedLease> held = new LinkedHashMap<>();
  private final ArrayDeque<StreamedLease> ready = new ArrayDeque<>();
  private final Set<String> returning = new HashSet<>();
  private @Nullable Supplier<RuntimeException> ending;

  /** Hears of a new lease. */
  List<StreamedLease> granted(StreamedLease lease) {
    return locked(
        () -> {
          List<StreamedLease> lost = lose(old -> !old.confirmed); // kept ones would have come first
          add(lease);
          return lost;
        });
  }

  /**
   * Hears that the holder has still a lease.
   *
   * @param unknown makes the lease if this process has not known it
   */
  List<StreamedLease> kept(Lease lease, Duration ttl, long now, Supplier<StreamedLease> unknown) {
    return locked(
        () -> {
          StreamedLease known = held.get(lease.getLeaseId());
          if (known == null) {
            if (!returning.contains(lease.getLeaseId())) {
              add(unknown.get());
            }
            return List.of();
          }
          known.confirmed = true;
          known.prolong(lease, ttl, now);
          return List.of();
        });
  }

  List<StreamedLease> renewed(Lease lease, Duration ttl, long now) {
    return locked(
        () -> {
          StreamedLease known = held.get(lease.getLeaseId());
          if (known != null) {
            known.prolong(lease, ttl, now);
          }
          return List.of();
        });
  }

  List<StreamedLease> ended(String id) {
    return locked(() -> lose(lease -> lease.id().equals(id)));
  }

  /**
   * Gives up what is over by our time; what the broker may say of it later is old. All of them are
   * to be given back, also those that nobody took: the broker may still renew them.
   */
  List<StreamedLease> expired(long now) {
    return locked(
        () -> {
          List<StreamedLease> over =
              held.values().stream().filter(lease -> lease.sureUntil() - now <= 0).toList();
          over.forEach(this::remove);
          return over;
        });
  }

  /** The stream is broken: which leases are kept, the next one tells. */
  void broken() {
    locked(
        () -> {
          held.values().forEach(lease -> lease.confirmed = false);
          return List.of();
        });
  }

  /** Nothing more will come: takers get this exception. */
  List<StreamedLease> end(Supplier<RuntimeException> exception) {
    return locked(
        () -> {
          ending = ending == null ? exception : ending;
          changed.signalAll();
          return lose(lease -> true);
        });
  }

  /** As {@link #end}, but the leases are to be released instead. */
  List<StreamedLease> close(Supplier<RuntimeException> exception) {
    return locked(
        () -> {
          ending = exception;
          changed.signalAll();
          List<StreamedLease> all = List.copyOf(held.values());
          all.forEach(StreamedLease::end);
          held.clear();
          ready.clear();
          return all;
        });
  }

  /**
   * @return false if the lease was not held any more
   */
  boolean release(StreamedLease lease) {
    lock.lock();
    try {
      if (held.get(lease.id()) != lease) {
        return false;
      }
      remove(lease);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The broker has the lease back. */
  void returned(String id) {
    lock.lock();
    try {
      returning.remove(id);
    } finally {
      lock.unlock();
    }
  }

  /** When the first lease ends unless it is prolonged; empty if there is none. */
  Optional<Long> firstEnd() {
    lock.lock();
    try {
      return held.values().stream()
          .map(StreamedLease::sureUntil)
          .reduce((a, b) -> a - b <= 0 ? a : b);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a lease.
   *
   * @return empty if the time is over
   * @throws RuntimeException the ending, if this has ended
   */
  Optional<StreamedLease> take(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (true) {
        for (StreamedLease lease = ready.poll(); lease != null; lease = ready.poll()) {
          if (lease.isHeld()) {
            lease.taken = true;
            return Optional.of(lease);
          }
        }
        if (ending != null) {
          throw ending.get();
        }
        if (left <= 0) {
          return Optional.empty();
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void add(StreamedLease lease) {
    if (ending == null) {
      held.put(lease.id(), lease);
      ready.add(lease);
      changed.signal();
    }
  }

  /** Of which the broker has yet to hear. */
  private void remove(StreamedLease lease) {
    held.remove(lease.id());
    ready.remove(lease);
    lease.end();
    returning.add(lease.id());
  }

  private List<StreamedLease> lose(Predicate<StreamedLease> which) {
    List<StreamedLease> told = new ArrayList<>();
    for (Iterator<StreamedLease> all = held.values().iterator(); all.hasNext(); ) {
      StreamedLease lease = all.next();
      if (which.test(lease)) {
        all.remove();
        ready.remove(lease);
        lease.end();
        if (lease.taken) {
          told.add(lease);
        }
      }
    }
    return told;
  }

  private List<StreamedLease> locked(Supplier<List<StreamedLease>> change) {
    lock.lock();
    try {
      return change.get();
    } finally {
      lock.unlock();
    }
  }
}
