package io.tokenbroker.server.abuse;

/** What one hostile caller does. Runs in a process of its own. */
interface Attack {
  /** Makes what it needs, before anything is measured. */
  default void prepare(Target target) {}

  /** Attacks until the time is over; may leave its connections open, the process ends anyway. */
  void run(Target target) throws Exception;
}
