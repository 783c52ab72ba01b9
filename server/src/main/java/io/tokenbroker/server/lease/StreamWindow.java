package io.tokenbroker.server.lease;

import io.tokenbroker.server.clock.Deadlines.Pending;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The leases that a stream has in its reader's hands, and what is still to be said about them. No
 * reader is so slow that this grows beyond the window: of a lease there is at most its grant, one
 * renewal (the newest) and its end to be said. Not thread-safe: its stream has the lock.
 */
final class StreamWindow {
  private final Map<LeaseId, Held> leases = new LinkedHashMap<>();

  /** Those that something is to be said about, in the order in which it happened. */
  private final Set<LeaseId> unsaid = new LinkedHashSet<>();

  /** A lease, and where it stands. */
  static final class Held {
    final Token token;
    final boolean kept;
    Lease lease;

    /** By the ticker; see {@link GrantedLease}. */
    long sureUntil;

    private boolean granted;
    private boolean renewed;
    private @Nullable LeaseEvent end;

    /** When it is renewed. */
    private @Nullable Pending renewal;

    /** When it is lost. */
    private @Nullable Pending loss;

    Held(GrantedLease granted, boolean kept) {
      this.token = granted.token();
      this.kept = kept;
      this.lease = granted.lease();
      this.sureUntil = granted.sureUntil();
    }

    /** Instead of the renewal that it waits for. */
    void renewAt(Pending next) {
      cancel(renewal);
      renewal = next;
    }

    void lostAt(Pending next) {
      cancel(loss);
      loss = next;
    }

    private void leaveAlone() {
      cancel(renewal);
      cancel(loss);
    }

    private static void cancel(@Nullable Pending pending) {
      if (pending != null) {
        pending.cancel();
      }
    }
  }

  /** Also those whose end is not said yet. */
  int size() {
    return leases.size();
  }

  /** Those that hold. */
  List<Lease> standing() {
    List<Lease> standing = new ArrayList<>();
    leases.values().stream().filter(held -> held.end == null).forEach(h -> standing.add(h.lease));
    return standing;
  }

  /** Neither renews nor gives up any from now on. */
  void leaveAlone() {
    leases.values().forEach(Held::leaveAlone);
  }

  void add(GrantedLease granted, boolean kept) {
    Held held = new Held(granted, kept);
    leases.put(held.lease.id(), held);
    unsaid.add(held.lease.id());
  }

  /** Null if the lease is not in the hand, or has ended. */
  @Nullable Held standing(LeaseId id) {
    Held held = leases.get(id);
    return held == null || held.end != null ? null : held;
  }

  void renewed(Held held, Lease lease, long sureUntil) {
    held.lease = lease;
    if (sureUntil - held.sureUntil > 0) {
      // with a shorter TTL it still lasts as long as it did
      held.sureUntil = sureUntil;
    }
    held.renewed = true;
    unsaid.add(lease.id());
  }

  /** Ends a lease, to be said if its grant was. */
  void end(Held held, LeaseEvent how) {
    held.leaveAlone();
    if (held.granted) {
      held.end = how;
      unsaid.add(held.lease.id());
    } else {
      remove(held.lease.id());
    }
  }

  /** Takes a lease out, of which its reader knows. */
  void remove(LeaseId id) {
    Held held = leases.remove(id);
    unsaid.remove(id);
    if (held != null) {
      held.leaveAlone();
    }
  }

  /** The next thing to be said; empty if there is none. */
  Optional<LeaseEvent> poll() {
    Optional<LeaseEvent> event = Optional.empty();
    while (event.isEmpty() && !unsaid.isEmpty()) {
      LeaseId id = unsaid.iterator().next();
      unsaid.remove(id);
      Held held = leases.get(id);
      event = held == null ? Optional.empty() : next(held);
    }
    return event;
  }

  private Optional<LeaseEvent> next(Held held) {
    if (!held.granted) {
      held.granted = true;
      // a grant tells the newest end already
      held.renewed = false;
      return Optional.of(new LeaseEvent.Granted(held.lease, held.token, held.kept));
    }
    LeaseEvent end = held.end;
    if (end != null) {
      leases.remove(held.lease.id());
      return Optional.of(end);
    }
    if (held.renewed) {
      held.renewed = false;
      return Optional.of(new LeaseEvent.Renewed(held.lease));
    }
    return Optional.empty();
  }
}
