package io.tokenbroker.server.e2e;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** Programs of others that call the broker. */
public final class Tools {
  /** Where .ci/run puts those that it brings along, relative to the module. */
  private static final Path BROUGHT = Path.of("..", ".tools").toAbsolutePath().normalize();

  private Tools() {}

  /**
   * What a program printed.
   *
   * @param output standard output and error
   */
  public record Ran(int exit, String output) {}

  static Ran run(List<String> command) throws IOException, InterruptedException {
    return run(new ProcessBuilder(command));
  }

  public static Ran run(ProcessBuilder command) throws IOException, InterruptedException {
    Process process = command.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ran(process.waitFor(), output);
  }

  /**
   * Whether programs can be run by these words here.
   *
   * @param by what stands before a program, such as setpriv and its options
   */
  static boolean works(List<String> by) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(Stream.concat(by.stream(), Stream.of("true")).toList()).start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** A place among those brought along. */
  public static Path brought(String place) {
    return BROUGHT.resolve(place);
  }

  /**
   * The first of these that is there: brought along, or on the PATH.
   *
   * @param brought its place among those brought along
   */
  public static Optional<Path> find(String brought, String name) {
    return Stream.concat(
            Stream.of(BROUGHT.resolve(brought)),
            Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Skips a test of commands that call with what is not here, as {@link #missing} does. */
  static void requireFor(String commands) {
    for (String name : List.of("grpcurl", "curl")) {
      if (commands.matches("(?s).*\\b" + name + " .*") && find("bin/" + name, name).isEmpty()) {
        throw missing("there is no " + name);
      }
    }
  }

  /** Skips the test, or fails it where {@code TOKENBROKER_TEST_REQUIRE_CLIENTS} is 1. */
  public static RuntimeException missing(String why) {
    if ("1".equals(System.getenv("TOKENBROKER_TEST_REQUIRE_CLIENTS"))) {
      throw new AssertionError(why);
    }
    return new TestAbortedException(why);
  }
}
