package io.tokenbroker.server.fleet;

import java.util.concurrent.CompletionStage;

/**
 * Is told what this broker gains and loses, in that order for each partition; never under a lock.
 */
public interface OwnershipListener {
  /** From now on {@link Owners} says {@link Owner.Here}. Must not block. */
  void gained(int partition, long epoch);

  /**
   * From now on {@link Owners} does not say {@link Owner.Here} any more. Planned: the partition
   * goes to the next owner when what is returned has completed, or when the right ends by itself.
   */
  CompletionStage<?> lost(int partition, long epoch, boolean planned);
}
