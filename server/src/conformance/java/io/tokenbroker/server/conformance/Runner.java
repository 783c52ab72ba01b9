package io.tokenbroker.server.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.server.e2e.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The program of one language that calls the broker as it is told, a line of JSON at a time. */
final class Runner implements AutoCloseable {
  private static final long ANSWER_SECONDS = 120;
  private static final String END = "";

  private final Process process;
  private final Output errors;
  private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();

  private Runner(Process process) {
    this.process = process;
    this.errors = Output.of(process.getErrorStream());
  }

  static Runner start(ClientLanguage language) {
    Runner runner = new Runner(language.start(language.runner(), Map.of()));
    Thread reader = new Thread(runner::read, "answers of " + language.name());
    reader.setDaemon(true);
    reader.start();
    return runner;
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(answers::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      answers.add(END);
    }
  }

  /** What it answers; fails if it says that it can't, if it says nothing, or has gone. */
  JsonObject tell(JsonObject order) throws IOException, InterruptedException {
    process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    String answer = answers.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
    if (answer == null || answer.equals(END)) {
      throw new AssertionError("no answer to " + order + ": " + String.join("\n", errors.lines()));
    }
    JsonObject seen = JsonParser.parseString(answer).getAsJsonObject();
    JsonElement error = seen.get("error");
    if (error != null) {
      throw new AssertionError(order + ": " + error.getAsString());
    }
    return seen;
  }

  List<String> errors() {
    return errors.lines();
  }

  @Override
  public void close() {
    boolean unused = process.toHandle().destroyForcibly();
  }
}
