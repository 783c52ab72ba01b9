package io.tokenbroker.server.grpc;

import io.grpc.Status;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log which other brokers of the fleet can't be called, each once a minute at the most,
 * and counts how often: a member that nobody can call still has its share of the accounts.
 * Thread-safe.
 */
final class UnreachedPeers {
  private static final Logger log = LoggerFactory.getLogger(UnreachedPeers.class);

  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Members come and go: so long after its last failure, one is not told of any more. */
  private static final long KEPT_NANOS = TimeUnit.HOURS.toNanos(1);

  private final LongSupplier ticker;
  private final Map<String, Long> told = new ConcurrentHashMap<>();
  private final Map<String, Failures> failures = new ConcurrentHashMap<>();

  private record Failures(long count, long newest) {}

  /**
   * @param ticker monotonic nanoseconds
   */
  UnreachedPeers(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /**
   * A call ended without an answer.
   *
   * @param address HOST:PORT, as the peer advertises itself
   * @param sent whether the peer may have heard of the call
   */
  void lost(String address, Status status, boolean sent) {
    boolean tls = isOfTls(status.getCause());
    if (sent && !tls) {
      return;
    }
    long now = ticker.getAsLong();
    failures.merge(
        address, new Failures(1, now), (before, one) -> new Failures(before.count + 1, now));
    forget(now);
    if (!isToBeTold(address, now)) {
      return;
    }
    log.atWarn()
        .addKeyValue("peer", address)
        .addKeyValue("cause", cause(status))
        .log(
            tls
                ? "a broker of the fleet and this one don't take each other's certificates; each needs"
                    + " one that the other's tls.client_ca_file has signed, and that names its fleet.advertise"
                : "a broker of the fleet can't be reached at its fleet.advertise");
  }

  /** How often each could not be called; of those that could not within the last hour. */
  Map<String, Long> failures() {
    forget(ticker.getAsLong());
    Map<String, Long> counts = new TreeMap<>();
    failures.forEach((address, those) -> counts.put(address, those.count));
    return counts;
  }

  private void forget(long now) {
    failures.values().removeIf(those -> now - those.newest >= KEPT_NANOS);
  }

  private boolean isToBeTold(String address, long now) {
    told.values().removeIf(time -> now - time >= PAUSE_NANOS);
    return told.putIfAbsent(address, now) == null;
  }

  private static boolean isOfTls(@Nullable Throwable cause) {
    for (Throwable e = cause; e != null; e = e.getCause()) {
      if (e instanceof SSLException) {
        return true;
      }
    }
    return false;
  }

  /** What was behind it all. */
  private static String cause(Status status) {
    Throwable root = status.getCause();
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return root == null
        ? String.valueOf(status.getDescription())
        : String.valueOf(root.getMessage());
  }
}
