package io.tokenbroker.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.e2e.Tools;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A language with an example in client/examples.
 *
 * @param needs programs, brought along or on the PATH
 * @param builds commands, one after the other
 * @param runner the program that does what cases say
 * @param example the program that shows all there is
 */
record ClientLanguage(
    String name,
    List<String> needs,
    List<List<String>> builds,
    List<String> runner,
    List<String> example) {
  private static final Path EXAMPLES = Path.of("..", "client", "examples").toAbsolutePath();

  static List<ClientLanguage> all() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(
        new ClientLanguage(
            "java",
            List.of(),
            List.of(),
            List.of(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                "io.tokenbroker.server.conformance.JavaRunner"),
            List.of()),
        new ClientLanguage(
            "python",
            List.of("python3"),
            List.of(List.of("python3", "generate.py")),
            List.of("python3", "conformance.py"),
            List.of("python3", "example.py")),
        new ClientLanguage(
            "go",
            List.of("go", "protoc"),
            List.of(
                List.of("go", "generate", "./..."),
                List.of("go", "build", "-o", "build/", "./...")),
            List.of("build/conformance"),
            List.of("build/example")),
        new ClientLanguage(
            "node",
            List.of("node", "npm"),
            List.of(List.of("npm", "ci", "--silent"), List.of("npm", "run", "--silent", "build")),
            List.of("node", "dist/src/conformance.js"),
            List.of("node", "dist/src/example.js")),
        new ClientLanguage(
            "rust",
            List.of("cargo"),
            List.of(List.of("cargo", "build", "--quiet", "--locked", "--features", "conformance")),
            List.of("target/debug/conformance"),
            List.of("target/debug/example")),
        new ClientLanguage(
            "cpp",
            List.of("c++", "cmake", "protoc", "grpc_cpp_plugin"),
            List.of(
                List.of("cmake", "-S", ".", "-B", "build"),
                List.of("cmake", "--build", "build", "--parallel", "2")),
            List.of("build/conformance"),
            List.of("build/example")));
  }

  /**
   * Builds it against the contract of the distribution; skips or fails where a program is missing.
   */
  void build() throws IOException, InterruptedException {
    for (String program : needs) {
      if (Tools.find("bin/" + program, program).isEmpty()
          && Tools.find("python/bin/" + program, program).isEmpty()) {
        throw Tools.missing(name + ": there is no " + program);
      }
    }
    if (name.equals("python")) {
      String imports = "import grpc, grpc_tools.protoc, grpc_status.rpc_status";
      if (run(List.of("python3", "-c", imports)).exit() != 0) {
        throw Tools.missing("python: there is no grpcio, grpcio-tools and grpcio-status");
      }
    }
    for (List<String> command : builds) {
      Tools.Ran ran = run(command);
      assertThat(ran.exit()).as(name + ": " + command + "\n" + ran.output()).isZero();
    }
  }

  private Tools.Ran run(List<String> command) throws IOException, InterruptedException {
    return Tools.run(builder(command, Map.of()));
  }

  Process start(List<String> command, Map<String, String> environment) {
    try {
      return builder(command, environment).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ProcessBuilder builder(List<String> command, Map<String, String> environment) {
    List<String> located = new ArrayList<>(command);
    Path directory = EXAMPLES.resolve(name.equals("java") ? "." : name);
    String path =
        Tools.brought("python/bin")
            + File.pathSeparator
            + Tools.brought("bin")
            + File.pathSeparator
            + System.getenv("PATH");
    // the command itself is looked up on the PATH of this process
    located.set(0, located(directory, path, command.get(0)));
    ProcessBuilder builder = new ProcessBuilder(located).directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    builder.environment().put("PATH", path);
    builder
        .environment()
        .put(
            "TOKENBROKER_PROTO",
            Path.of("target", "tokenbroker", "proto").toAbsolutePath().toString());
    builder.environment().putAll(environment);
    return builder;
  }

  private static String located(Path directory, String path, String program) {
    if (program.contains("/")) {
      return directory.resolve(program).toString();
    }
    for (String place : path.split(File.pathSeparator, -1)) {
      File file = new File(place, program);
      if (file.canExecute() && file.isFile()) {
        return file.toString();
      }
    }
    return program;
  }

  @Override
  public String toString() {
    return name;
  }
}
