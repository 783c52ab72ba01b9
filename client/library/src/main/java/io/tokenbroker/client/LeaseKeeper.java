package io.tokenbroker.client;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Renews a lease again and again, every third of its TTL, and tells once when it is lost: the
 * broker says so, or no renewal succeeded in time, a little before the lease can have ended. A
 * release ends the keeping, and so does {@link #close}, after which the lease ends with its TTL.
 * Thread-safe.
 */
public final class LeaseKeeper implements AutoCloseable {
  private static final Duration SHORTEST = Duration.ofMillis(10);

  private final TokenLease lease;
  private final Consumer<TokenLease> onLost;
  private final DelayedExecutor delayed;
  private final Executor callbacks;
  private final DoubleSupplier random;
  private volatile boolean closed;

  LeaseKeeper(
      TokenLease lease,
      Consumer<TokenLease> onLost,
      DelayedExecutor delayed,
      Executor callbacks,
      DoubleSupplier random) {
    this.lease = lease;
    this.onLost = onLost;
    this.delayed = delayed;
    this.callbacks = callbacks;
    this.random = random;
  }

  void start() {
    delayed.run(pause(), this::renew);
    delayed.run(lease.sureFor(), this::watch);
  }

  /** Stops renewing, and tells nothing any more. Does not release the lease. */
  @Override
  public void close() {
    closed = true;
  }

  private void renew() {
    Duration left = lease.sureFor();
    if (isOver() || left.compareTo(SHORTEST) < 0) {
      return; // the other task tells
    }
    Duration third = lease.ttl().dividedBy(3);
    var unused =
        lease
            .renewAsync(left.compareTo(third) < 0 ? left : third)
            .whenComplete((done, error) -> renewed(error));
  }

  private void renewed(@Nullable Throwable error) {
    if (error == null) {
      delayed.run(pause(), this::renew);
    } else if (TokenLease.isLost(error)) {
      lost();
    } else {
      Duration soon = lease.ttl().dividedBy(10);
      delayed.run(soon.compareTo(SHORTEST) < 0 ? SHORTEST : soon, this::renew);
    }
  }

  /** Does not depend on any answer. */
  private void watch() {
    if (isOver()) {
      return;
    }
    Duration left = lease.sureFor();
    if (left.isZero() || left.isNegative()) {
      lost();
    } else {
      delayed.run(left, this::watch);
    }
  }

  private void lost() {
    if (!closed && lease.lose()) {
      callbacks.execute(() -> onLost.accept(lease));
    }
  }

  private boolean isOver() {
    return closed || lease.isReleased();
  }

  /**
   * A third of the TTL, of which up to a fifth is taken off so that clients do not come in step.
   */
  private Duration pause() {
    double share = (1 - random.getAsDouble() / 5) / 3;
    return Duration.ofNanos((long) (Durations.saturatedNanos(lease.ttl()) * share));
  }
}
