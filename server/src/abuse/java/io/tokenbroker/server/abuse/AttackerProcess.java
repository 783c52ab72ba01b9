package io.tokenbroker.server.abuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An attacker in a process of its own, so that its collector and its threads hold up nobody else;
 * and at the lowest priority, since elsewhere it would have its own processors.
 */
final class AttackerProcess implements AutoCloseable {
  /** How much longer than it should it may take. */
  private static final long LATE_SECONDS = 30;

  private final Process process;
  private final long seconds;

  AttackerProcess(String attack, int port, int httpPort, String key, long seconds, Path log)
      throws IOException {
    this.seconds = seconds;
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    "nice",
                    "-n",
                    "19",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx1g",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Attacker.class.getName(),
                    attack,
                    Integer.toString(port),
                    Integer.toString(httpPort),
                    Long.toString(seconds)))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put(Attacker.KEY, key);
    process = builder.start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    if (!Attacker.READY.equals(line)) {
      close();
      throw new IOException("the attacker could not prepare: see " + log);
    }
  }

  /** Lets it attack, until it has ended. */
  void attack() throws IOException, InterruptedException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    if (!process.waitFor(seconds + LATE_SECONDS, TimeUnit.SECONDS)) {
      close();
    }
  }

  @Override
  public void close() {
    boolean unused = process.toHandle().destroyForcibly();
  }
}
