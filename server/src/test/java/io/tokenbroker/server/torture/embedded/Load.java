package io.tokenbroker.server.torture.embedded;

import io.grpc.ManagedChannel;
import java.util.function.BooleanSupplier;

/** Changes what nobody else touches, and knows what was acknowledged of it. Not thread-safe. */
interface Load {
  /** Works until it is over, or until nobody can tell any more what its last call has done. */
  void work(ManagedChannel channel, BooleanSupplier over);

  /** When the last change was acknowledged, by System.nanoTime; may be read by any thread. */
  long lastAcknowledged();

  /**
   * Compares what is there with what was acknowledged, while no call is open.
   *
   * @return false if it could not be read
   */
  boolean compare(ManagedChannel channel);

  /**
   * Does so after a restart.
   *
   * @param savedBefore what is written behind and happened before this, by System.nanoTime, has to
   *     be there as well
   */
  boolean compareAfterRestart(ManagedChannel channel, long savedBefore);
}
