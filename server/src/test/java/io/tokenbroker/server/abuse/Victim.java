package io.tokenbroker.server.abuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The distribution's daemon with a small heap, on an embedded store of its own. */
final class Victim implements AutoCloseable {
  private static final Pattern SERVING =
      Pattern.compile("\"serving\".*127\\.0\\.0\\.1:([1-9][0-9]*)");
  private static final long START_SECONDS = 60;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Process process;
  private final Path log;
  private final int port;
  private long peakKib;

  Victim(Path distribution, Path directory) throws IOException {
    Path command = distribution.resolve("bin").resolve("tokenbroker").toAbsolutePath();
    log = directory.resolve("daemon.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    command.toString(),
                    "serve",
                    "--listen",
                    "127.0.0.1:0",
                    "--data",
                    directory.resolve("data").toString()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    builder.environment().put("TOKENBROKER_JAVA_OPTS", "-Xmx256m");
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

  boolean isAlive() {
    return process.isAlive();
  }

  long logBytes() throws IOException {
    return Files.size(log);
  }

  /** The most memory it had so far; to be asked while it lives. */
  long peakKib() {
    try {
      Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .forEach(kib -> peakKib = kib);
    } catch (IOException e) {
      // it has ended, or this is no Linux
    }
    return peakKib;
  }

  @Override
  public void close() {
    boolean unused = process.toHandle().destroyForcibly();
  }
}
