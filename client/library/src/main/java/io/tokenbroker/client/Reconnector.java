package io.tokenbroker.client;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Tries again soon while no broker can be reached. grpc itself waits up to two minutes between its
 * tries, and every call fails meanwhile, also when the broker has long been back.
 */
final class Reconnector {
  /** In seconds; the random half of it keeps clients from coming all at once. */
  private static final double LONGEST = 5;

  private final ManagedChannel channel;
  private final DelayedExecutor delayed;
  private final DoubleSupplier random;

  /**
   * @param random gives numbers from 0 to below 1
   */
  Reconnector(ManagedChannel channel, DelayedExecutor delayed, DoubleSupplier random) {
    this.channel = channel;
    this.delayed = delayed;
    this.random = random;
  }

  /** Goes on until the channel is shut down. Does not make it connect before its first call. */
  void watch() {
    ConnectivityState state = channel.getState(false);
    switch (state) {
      case SHUTDOWN -> {}
      case TRANSIENT_FAILURE -> {
        double seconds = LONGEST * (1 + random.getAsDouble()) / 2;
        delayed.run(Duration.ofMillis((long) (seconds * 1000)), this::retry);
      }
      default -> channel.notifyWhenStateChanged(state, this::watch);
    }
  }

  private void retry() {
    channel.resetConnectBackoff();
    watch();
  }
}
