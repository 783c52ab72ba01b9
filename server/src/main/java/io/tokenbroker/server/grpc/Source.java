package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.AccountId;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Where the messages of one stream come from. Its stream calls it from one thread at a time. */
interface Source<M> {
  enum State {
    /** There is a message to be had. */
    READY,
    /** There will be one; the source will wake its stream then. */
    IDLE,
    /** There will be none any more. */
    DONE
  }

  /**
   * Called once, first.
   *
   * @param wake may be called from any thread, at any time, more often than needed
   */
  void open(Runnable wake);

  State state();

  /** Makes the next message; only called when READY and after the last one is complete. */
  CompletableFuture<M> next();

  /** Called when the message that was made last has been handed to the transport. */
  default void sent() {}

  /** Of whom it tells. */
  AccountId account();

  /**
   * After its end: how many turns were asked for and not sent; empty if that counts nothing, or it
   * has no turns.
   */
  default OptionalLong outstanding() {
    return OptionalLong.empty();
  }

  /** Called once, last; a message that was made and not sent goes nowhere. */
  void close();
}
