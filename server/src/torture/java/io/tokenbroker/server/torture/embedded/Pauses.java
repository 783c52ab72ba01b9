package io.tokenbroker.server.torture.embedded;

import java.util.concurrent.TimeUnit;

/** How long a load lasts before the next fault. */
final class Pauses {
  private Pauses() {}

  static void millis(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
