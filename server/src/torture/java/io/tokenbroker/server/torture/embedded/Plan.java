package io.tokenbroker.server.torture.embedded;

/** What is done in each round of a series. */
enum Plan {
  /** kill -9, now and then beside processes that want all of the processors. */
  KILL,
  /** The disk is full for a while, with a kill -9 in it or after it. */
  FULL_DISK,
  /** Power is lost: nothing that was not synced is there afterwards. */
  POWER_LOSS,
  /** To see the checker fail: kill -9, and the files of an earlier moment are put back. */
  BROKEN
}
