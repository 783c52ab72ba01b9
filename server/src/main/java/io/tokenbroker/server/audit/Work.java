package io.tokenbroker.server.audit;

/** What waits for the thread that writes. */
sealed interface Work permits TurnChunk, Renewal, Entry {
  /** About what it takes in memory. */
  int bytes();
}
