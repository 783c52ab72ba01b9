package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Bounds;
import io.tokenbroker.server.security.Caller;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What each caller has open, held against its bounds and against what is left for all others.
 * Nothing is counted where everyone is the same caller and nobody bounds it. Thread-safe.
 */
final class CallerBounds {
  /** What is counted. */
  enum Kind {
    STREAMS("streams"),
    WAITERS("waiters"),
    CONNECTIONS("connections"),
    CONNECTIONS_FROM_ADDRESS("connections from one address");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    private int of(Bounds bounds) {
      return switch (this) {
        case STREAMS -> bounds.streams();
        case WAITERS -> bounds.waiters();
        case CONNECTIONS -> bounds.connections();
        case CONNECTIONS_FROM_ADDRESS -> 0;
      };
    }
  }

  /** Runs something after so many nanoseconds. */
  interface Later {
    void run(Runnable task, long nanos);
  }

  private record Count(Kind kind, String of) {}

  /** Logins that may fail from one address: so many a second, after ten times as many. */
  private static final int LOGINS_PER_SECOND = 10;

  private static final int LOGINS_SECONDS = 10;

  private final Access access;
  private final LongSupplier streamsLeft;
  private final LongSupplier ticker;
  private final Later later;
  private final ConcurrentHashMap<Count, Long> open = new ConcurrentHashMap<>();
  private final TurnRates rates = new TurnRates(1);
  private final TurnRates failedLogins = new TurnRates(LOGINS_SECONDS);

  /**
   * @param streamsLeft how many more streams all callers together may open
   */
  CallerBounds(Access access, LongSupplier streamsLeft, LongSupplier ticker, Later later) {
    this.access = access;
    this.streamsLeft = streamsLeft;
    this.ticker = ticker;
    this.later = later;
  }

  private boolean counts(Caller caller) {
    return access != Access.ALL || caller.kind() != Caller.Kind.LOCAL;
  }

  void openStream(Caller caller) {
    if (counts(caller)) {
      enter(Kind.STREAMS, caller, caller.name(), left(caller, streamsLeft));
    }
  }

  void closeStream(Caller caller) {
    if (counts(caller)) {
      leave(Kind.STREAMS, caller.name());
    }
  }

  /** The rotation sees to what is left for others. */
  void startWait(Caller caller) {
    if (counts(caller)) {
      enter(Kind.WAITERS, caller, caller.name(), Long.MAX_VALUE);
    }
  }

  void endWait(Caller caller) {
    if (counts(caller)) {
      leave(Kind.WAITERS, caller.name());
    }
  }

  /**
   * @param address it comes from
   * @param left how many connections may still be opened by all, and from the address
   */
  void connect(Caller caller, String address, LongSupplier left, LongSupplier leftFromAddress) {
    if (counts(caller)) {
      enter(Kind.CONNECTIONS, caller, caller.name(), left(caller, left));
      try {
        enter(
            Kind.CONNECTIONS_FROM_ADDRESS,
            caller,
            from(caller, address),
            left(caller, leftFromAddress));
      } catch (BrokerException e) {
        leave(Kind.CONNECTIONS, caller.name());
        throw e;
      }
    }
  }

  void disconnect(Caller caller, String address) {
    if (counts(caller)) {
      leave(Kind.CONNECTIONS, caller.name());
      leave(Kind.CONNECTIONS_FROM_ADDRESS, from(caller, address));
    }
  }

  private static String from(Caller caller, String address) {
    return address + " " + caller.name();
  }

  private static long left(Caller caller, LongSupplier left) {
    return caller.kind() == Caller.Kind.LOCAL
        ? Long.MAX_VALUE
        : Math.max(1, left.getAsLong()); // the first one always
  }

  private void enter(Kind kind, Caller caller, String of, long left) {
    int bound = kind.of(access.bounds(caller.name()));
    long most = bound == 0 ? left : Math.min(bound, left);
    boolean[] entered = new boolean[1];
    Long now =
        open.compute(
            new Count(kind, of),
            (any, count) -> {
              entered[0] = count == null || count < most;
              return count == null ? Long.valueOf(1) : entered[0] ? Long.valueOf(count + 1) : count;
            });
    if (!entered[0]) {
      throw BrokerException.clientLimit(caller.name(), kind.text, Objects.requireNonNull(now));
    }
  }

  private void leave(Kind kind, String of) {
    var unused =
        open.computeIfPresent(
            new Count(kind, of), (any, count) -> count == 1 ? null : Long.valueOf(count - 1));
  }

  /** Charges turns that are asked for; fails if those before are more than the caller may have. */
  void takeTurns(Caller caller, int count) {
    int bound = access.bounds(caller.name()).turnsPerSecond();
    if (bound > 0) {
      long delay = rate(caller, bound).take(count, bound, ticker.getAsLong());
      if (delay > 0) {
        throw BrokerException.clientLimit(
            caller.name(), "turns_per_second", bound, Duration.ofNanos(delay));
      }
    }
  }

  /** Charges turns that were made. */
  void madeTurns(Caller caller, int count) {
    int bound = access.bounds(caller.name()).turnsPerSecond();
    if (bound > 0) {
      rate(caller, bound).charge(count, bound, ticker.getAsLong());
    }
  }

  /** Whether turns may be made; if not, {@code wake} is called when they may. */
  boolean isOpen(Caller caller, Runnable wake) {
    int bound = access.bounds(caller.name()).turnsPerSecond();
    long delay = bound == 0 ? 0 : rate(caller, bound).delay(bound, ticker.getAsLong());
    if (delay > 0) {
      later.run(wake, delay);
    }
    return delay <= 0;
  }

  private TurnRate rate(Caller caller, int bound) {
    TurnRate known = rates.find(caller.name());
    return known == null ? rates.of(caller.name(), bound, ticker.getAsLong()) : known;
  }

  /** Takes note of a login that has failed. */
  void loginFailed(String address) {
    long now = ticker.getAsLong();
    failedLogins.of(address, LOGINS_PER_SECOND, now).charge(1, LOGINS_PER_SECOND, now);
  }

  /** Whether so many have failed lately from an address that no unknown token is looked at. */
  boolean isSuspect(String address) {
    return !failedLogins.isEmpty() && loginDelay(address) > 0;
  }

  private long loginDelay(String address) {
    TurnRate failed = failedLogins.find(address);
    return failed == null ? 0 : failed.delay(LOGINS_PER_SECOND, ticker.getAsLong());
  }

  BrokerException tooManyLogins(String address) {
    return BrokerException.clientLimit(
        address,
        "logins",
        (long) LOGINS_PER_SECOND * LOGINS_SECONDS,
        Duration.ofNanos(Math.max(1, loginDelay(address))));
  }

  /** Closes what has been told why. */
  void soon(Runnable close) {
    later.run(close, TimeUnit.SECONDS.toNanos(1));
  }
}
