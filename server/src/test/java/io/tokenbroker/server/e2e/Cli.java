package io.tokenbroker.server.e2e;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The {@code tokenbroker} command, run to its end. */
public final class Cli {
  private static final long SECONDS = 60;

  private Cli() {}

  /**
   * @param exit 137 if it had to be killed
   */
  public record Result(int exit, String out, String err) {
    List<JsonObject> json() {
      return out.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    List<String> outLines() {
      return out.lines().toList();
    }
  }

  public static Result run(Map<String, String> environment, String stdin, String... arguments)
      throws InterruptedException {
    return run(List.of(), environment, stdin, arguments);
  }

  /**
   * @param by a command that runs it, as in {@link Launcher}
   */
  static Result run(
      List<String> by, Map<String, String> environment, String stdin, String... arguments)
      throws InterruptedException {
    Process process = Launcher.start(by, environment, arguments);
    try {
      Output out = Output.of(process.getInputStream());
      Output err = Output.of(process.getErrorStream());
      try (OutputStream in = process.getOutputStream()) {
        in.write(stdin.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // it did not read that far
      }
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        boolean unused = process.toHandle().destroyForcibly();
        process.waitFor();
      }
      return new Result(process.exitValue(), out.text(), err.text());
    } finally {
      process.destroyForcibly();
    }
  }
}
