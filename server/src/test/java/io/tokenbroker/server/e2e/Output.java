package io.tokenbroker.server.e2e;

import io.tokenbroker.server.testing.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a process prints, read by a thread of its own. */
public final class Output {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  private Output(InputStream in) {
    reader = new Thread(() -> read(in), "output");
    reader.setDaemon(true);
  }

  public static Output of(InputStream in) {
    Output output = new Output(in);
    output.reader.start();
    return output;
  }

  private void read(InputStream in) {
    try (BufferedReader source =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      source.lines().forEach(lines::add);
    } catch (IOException | RuntimeException e) {
      lines.add("(" + e + ")");
    }
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }

  public Optional<String> firstWith(String part) {
    return lines.stream().filter(line -> line.contains(part)).findFirst();
  }

  long countWith(String part) {
    return lines.stream().filter(line -> line.contains(part)).count();
  }

  /** All of it, once the process has ended. */
  public String text() {
    Eventually.until("the output ends", () -> !reader.isAlive());
    return String.join("\n", lines);
  }
}
