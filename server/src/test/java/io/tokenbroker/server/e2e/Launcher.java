package io.tokenbroker.server.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The distribution's own launcher, on the Java that runs the tests. */
final class Launcher {
  private static final Path COMMAND =
      Path.of("target", "tokenbroker", "bin", "tokenbroker").toAbsolutePath();

  private Launcher() {}

  /**
   * @param environment beside what the test itself has, less the variables of the broker
   */
  static Process start(Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(List.of(COMMAND.toString()));
    command.addAll(List.of(arguments));
    return run(environment, command);
  }

  /**
   * Runs a line of the shell, in which {@code $0} is the launcher: for arguments that are bytes.
   *
   * @param environment as above
   */
  static Process shell(Map<String, String> environment, String line) {
    return run(environment, List.of("sh", "-c", line, COMMAND.toString()));
  }

  private static Process run(Map<String, String> environment, List<String> command) {
    if (!Files.isExecutable(COMMAND)) {
      throw new AssertionError("there is no " + COMMAND + ": make dist");
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("TOKENBROKER_JAVA_OPTS", "-Xmx512m");
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
