package io.tokenbroker.server.abuse;

import io.tokenbroker.server.testing.BuiltBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The distribution's daemon with a small heap, on an embedded store of its own. */
final class Victim implements AutoCloseable {
  private final BuiltBroker broker;
  private long peakKib;

  Victim(Path distribution, Path directory) throws IOException {
    broker =
        new BuiltBroker(
            distribution,
            directory.resolve("daemon.log"),
            Map.of("JAVA_OPTS", "-Xmx256m", "DATA", directory.resolve("data").toString()));
  }

  int port() {
    return broker.port();
  }

  boolean isAlive() {
    return broker.isAlive();
  }

  long logBytes() throws IOException {
    return broker.logBytes();
  }

  /** The most memory it had so far; to be asked while it lives. */
  long peakKib() {
    try {
      Files.readAllLines(Path.of("/proc", Long.toString(broker.pid()), "status")).stream()
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
    broker.close();
  }
}
