package io.tokenbroker.server.scale;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The distribution's daemon on a database. */
final class ScaleBroker implements AutoCloseable {
  private static final Pattern SERVING =
      Pattern.compile("\"serving\".*127\\.0\\.0\\.1:([1-9][0-9]*)");
  private static final long START_SECONDS = 120;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Process process;
  private final Path log;
  private final int port;

  /**
   * @param options for the JVM
   */
  ScaleBroker(Path distribution, Path directory, String databaseUrl, String options)
      throws IOException {
    log = directory.resolve("daemon.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    distribution.resolve("bin").resolve("tokenbroker").toAbsolutePath().toString(),
                    "serve",
                    "--listen",
                    "127.0.0.1:0"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    builder.environment().put("TOKENBROKER_DB_URL", databaseUrl);
    builder.environment().put("TOKENBROKER_DB_USER", "root");
    builder.environment().put("TOKENBROKER_DB_PASSWORD", "");
    builder.environment().put("TOKENBROKER_JAVA_OPTS", options);
    process = builder.start();
    port = awaitPort();
  }

  private int awaitPort() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < end && process.isAlive()) {
      Matcher serving = SERVING.matcher(Files.readString(log, StandardCharsets.UTF_8));
      if (serving.find()) {
        return Integer.parseInt(serving.group(1));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    close();
    throw new IOException("the daemon did not start: see " + log);
  }

  int port() {
    return port;
  }

  double processorSeconds() throws IOException {
    return Figures.processorSeconds(process.pid());
  }

  long heapBytes() throws IOException, InterruptedException {
    return Figures.heapBytes(process.pid());
  }

  @Override
  public void close() {
    boolean unused = process.toHandle().destroyForcibly();
  }
}
