package io.tokenbroker.server.torture.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Commands of the system. */
final class Shell {
  private Shell() {}

  /** Returns what it printed if it failed, and nothing if it did not. */
  static String failureOf(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      return exit == 0 ? "" : String.join(" ", command) + ": " + output.strip() + " " + exit;
    } catch (IOException e) {
      return e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e.toString();
    }
  }

  static void run(String... command) {
    String failure = failureOf(command);
    if (!failure.isEmpty()) {
      throw new UncheckedIOException(new IOException(failure));
    }
  }
}
