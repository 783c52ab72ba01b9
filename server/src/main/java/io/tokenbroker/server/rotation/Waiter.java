package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Timer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call that waits for a token; its time is when it gives up. Guarded by the stripe of its
 * account, but for the future.
 */
final class Waiter<T> extends Timer {
  final TokenRequest<T> request;
  final CompletableFuture<T> future;

  /** When it came, by the broker's monotonic clock. */
  final long sinceNanos;

  /** Grows with each that comes to wait for the account. */
  long arrival;

  // the others it waits with; all null if in none
  @Nullable Waiters waiters;
  Waiters.@Nullable CallerQueue callerQueue;
  @Nullable Waiter<?> before;
  @Nullable Waiter<?> behind;

  Waiter(TokenRequest<T> request, CompletableFuture<T> future, long sinceNanos) {
    this.request = request;
    this.future = future;
    this.sinceNanos = sinceNanos;
  }
}
