package io.tokenbroker.server.e2e;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A shell as readers of the documents have it: with the command, its Java and tools on the PATH.
 */
final class Shell {
  private Shell() {}

  /**
   * @param environment beside what the test itself has, less the variables of the broker
   */
  static ProcessBuilder of(Path directory, Map<String, String> environment, String script) {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script).directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    builder.environment().remove("JAVA_HOME");
    // whatever client.yaml the user has
    builder.environment().put("XDG_CONFIG_HOME", "/nonexistent");
    builder
        .environment()
        .put(
            "PATH",
            String.join(
                File.pathSeparator,
                List.of(
                    Path.of("target", "tokenbroker", "bin").toAbsolutePath().toString(),
                    Path.of(System.getProperty("java.home"), "bin").toString(),
                    Tools.brought("bin").toString(),
                    System.getenv("PATH"))));
    builder.environment().putAll(environment);
    return builder;
  }
}
