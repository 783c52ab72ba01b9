package io.tokenbroker.server.alert;

/** What is told only once it has been so for some time, both ways. Not thread-safe. */
final class Lasting {
  private boolean is;
  private boolean told;
  private long since;

  /**
   * Takes down how it is at a time, in nanoseconds.
   *
   * @param settle for how long it has to have been so
   */
  void see(boolean now, long nanos, long settle) {
    if (now != is) {
      is = now;
      since = nanos;
    }
    if (is != told && nanos - since >= settle) {
      told = is;
    }
  }

  /** How it is now. */
  boolean isNow() {
    return is;
  }

  /** What is to be told. */
  boolean isTold() {
    return told;
  }

  /** Whether it is not, and is not to be told, as if it had never been seen. */
  boolean isNothing() {
    return !is && !told;
  }
}
