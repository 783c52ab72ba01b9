package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM at any moment from the start of the process on, as by a supervisor in a hurry. */
class EarlyStopIT {
  private static final int CYCLES = 50;
  private static final int LONGEST_MILLIS = 1_500;

  /** 128 and the number of SIGTERM. */
  private static final int KILLED = 143;

  @TempDir Path directory;

  /** One that takes connections and says nothing, as behind a firewall: a start waits for 30 s. */
  @Test
  void doesNotWaitForADatabaseOnceItIsToldToStop() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Process process =
          Launcher.start(
              Map.of(
                  "TOKENBROKER_DB_URL",
                  "jdbc:mysql://127.0.0.1:" + silent.getLocalPort() + "/tokenbroker",
                  "TOKENBROKER_LISTEN",
                  "127.0.0.1:0"),
              "serve");
      Output log = Output.of(process.getErrorStream());
      try (Socket waiting = silent.accept()) {
        assertThat(process.toHandle().destroy()).isTrue();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("has ended").isTrue();
        assertThat(waiting.isClosed()).isFalse();
      }
      assertThat(process.exitValue()).as(log.text()).isZero();
      assertThat(log.text()).contains("told to stop before the database could be reached");
    }
  }

  @Test
  void endsInOrderOrBeforeAnythingHasBegun() throws Exception {
    Random random = new Random(12);
    Map<Integer, Integer> exits = new TreeMap<>();
    for (int i = 0; i < CYCLES; i++) {
      Path data = directory.resolve("data-" + i);
      Process process =
          Launcher.start(
              Map.of("TOKENBROKER_DATA", data.toString(), "TOKENBROKER_LISTEN", "127.0.0.1:0"),
              "serve");
      Output log = Output.of(process.getErrorStream());
      // ends it where it is, if that is not already over
      boolean unused = process.waitFor(random.nextInt(LONGEST_MILLIS), TimeUnit.MILLISECONDS);
      unused = process.toHandle().destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("has ended").isTrue();

      int exit = process.exitValue();
      exits.merge(exit, 1, Integer::sum);
      if (exit == KILLED) {
        assertThat(data).as("the JVM had not reached the broker").doesNotExist();
        assertThat(log.text()).isEmpty();
      } else {
        assertThat(exit).as(log.text()).isZero();
      }
      if (Files.exists(data)) {
        assertThat(log.text()).contains("\"stopped\"");
      }
    }
    System.out.println("SIGTERM within 1.5 s of the start: exit codes and how often: " + exits);
  }
}
