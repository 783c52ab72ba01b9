package io.tokenbroker.server.fleet;

import java.util.concurrent.CompletionStage;

/**
 * Port: what is done with an account while its owner can't be reached and ownership can't move.
 * Thread-safe, never blocks.
 */
public interface Split {
  /**
   * Whether this broker may answer for the account meanwhile, each for itself. Tells once it has
   * been looked who owns what, which may be another one by then. Who says yes lets it be used here.
   */
  CompletionStage<Boolean> serves(String account);
}
