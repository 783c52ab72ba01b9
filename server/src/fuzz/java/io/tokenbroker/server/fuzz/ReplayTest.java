package io.tokenbroker.server.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What was found, and what the fuzzer begins with, once more; without the fuzzer. */
final class ReplayTest {
  private static final Path INPUTS = Path.of("src", "test", "resources", "fuzz");

  @TestFactory
  Stream<DynamicTest> inputs() {
    return FuzzTargets.byName().entrySet().stream()
        .map(target -> DynamicTest.dynamicTest(target.getKey(), () -> replay(target)));
  }

  private static void replay(java.util.Map.Entry<String, Supplier<FuzzTarget>> named)
      throws Exception {
    try (FuzzTarget target = named.getValue().get()) {
      List<Path> files = files(INPUTS.resolve(named.getKey()));
      assertThat(files).isNotEmpty();
      for (Path file : files) {
        try {
          target.run(Files.readAllBytes(file));
        } catch (Throwable e) {
          throw new AssertionError(file.toString(), e);
        }
      }
    }
  }

  @Test
  void nothingLiesThereThatNoTargetReads() throws IOException {
    assertThat(files(INPUTS).stream().map(file -> file.getFileName().toString()))
        .containsExactlyInAnyOrderElementsOf(FuzzTargets.byName().keySet());
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    }
  }
}
