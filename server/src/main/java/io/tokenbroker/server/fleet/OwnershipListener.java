package io.tokenbroker.server.fleet;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Is told what becomes of this broker's partitions; by one thread, never under a lock. */
public interface OwnershipListener {
  /** They are this broker's now. Must not block. */
  void gained(List<Owner.Here> partitions);

  /**
   * They are about to be handed over, and nothing of them is changed any more. Must not block.
   *
   * @return completes with whether all there was to save is saved; with false, or a failure, they
   *     are not handed over
   */
  CompletionStage<Boolean> stopped(List<Owner.Here> partitions);

  /** They were not handed over after all: all is as before. Must not block. */
  void resumed(List<Owner.Here> partitions);

  /**
   * They are not this broker's any more: whoever waits is to ask {@link Owners} again. Must not
   * block.
   */
  void lost(List<Owner.Here> partitions);

  /** Was struck off, or joined again: for the log. */
  default void excluded() {}

  /** Another member was struck off, for it did not renew. */
  default void struckOff(Member member) {}
}
