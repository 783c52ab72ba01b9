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
    return start(List.of(), environment, arguments);
  }

  /**
   * @param by a command that runs another one, with its arguments; may be empty
   */
  static Process start(List<String> by, Map<String, String> environment, String... arguments) {
    if (!Files.isExecutable(COMMAND)) {
      throw new AssertionError("there is no " + COMMAND + ": make dist");
    }
    List<String> command = new ArrayList<>(by);
    command.add(COMMAND.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // whatever client.yaml the user has
    builder.environment().put("XDG_CONFIG_HOME", "/nonexistent");
    builder.environment().put("TOKENBROKER_JAVA_OPTS", "-Xmx512m");
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
