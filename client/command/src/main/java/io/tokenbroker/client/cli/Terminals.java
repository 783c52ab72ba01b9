package io.tokenbroker.client.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;

/** Asks the system's shell, as the JDK cannot tell for each of the three streams. */
final class Terminals {
  private Terminals() {}

  /** False if it cannot be found out. Takes a few milliseconds. */
  static boolean isTerminal(int descriptor) {
    try {
      Process test =
          new ProcessBuilder("sh", "-c", "test -t " + descriptor)
              .redirectInput(Redirect.INHERIT)
              .redirectOutput(Redirect.INHERIT)
              .redirectError(Redirect.INHERIT)
              .start();
      return test.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
