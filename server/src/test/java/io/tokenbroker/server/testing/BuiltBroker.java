package io.tokenbroker.server.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The distribution's daemon, on a port of 127.0.0.1, serving when this is made. */
public final class BuiltBroker implements AutoCloseable {
  private static final Pattern SERVING =
      Pattern.compile("\"serving\".*127\\.0\\.0\\.1:([1-9][0-9]*)");
  private static final Pattern SERVING_HTTP =
      Pattern.compile("\"serving HTTP\".*127\\.0\\.0\\.1:([1-9][0-9]*)");
  private static final long START_SECONDS = 120;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Process process;
  private final Path log;
  private final int port;

  /**
   * @param log what it prints
   * @param settings environment variables, less TOKENBROKER_; others of the kind are not handed on
   */
  public BuiltBroker(Path distribution, Path log, Map<String, String> settings) throws IOException {
    this(distribution, log, "127.0.0.1:0", settings);
  }

  /**
   * @param listen HOST:PORT
   */
  public BuiltBroker(Path distribution, Path log, String listen, Map<String, String> settings)
      throws IOException {
    this.log = log;
    Path command = distribution.resolve("bin").resolve("tokenbroker").toAbsolutePath();
    ProcessBuilder builder =
        new ProcessBuilder(List.of(command.toString(), "serve", "--listen", listen))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    settings.forEach((name, value) -> builder.environment().put("TOKENBROKER_" + name, value));
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

  public int port() {
    return port;
  }

  /** That of HTTP; 0 if it has none. */
  public int httpPort() throws IOException {
    Matcher serving = SERVING_HTTP.matcher(Files.readString(log, StandardCharsets.UTF_8));
    return serving.find() ? Integer.parseInt(serving.group(1)) : 0;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long logBytes() throws IOException {
    return Files.size(log);
  }

  @Override
  public void close() {
    boolean unused = process.toHandle().destroyForcibly();
  }
}
