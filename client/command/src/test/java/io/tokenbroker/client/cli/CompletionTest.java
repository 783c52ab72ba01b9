package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionTest {
  /** Completes the last of its arguments, as bash would after it split the line. */
  private static final String COMPLETE =
      """
      . "$0" || exit
      COMP_WORDS=(tokenbroker "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"
      compopt() { :; }
      _complete_tokenbroker
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "report demo 1 ra",
        "report t 1 ra",
        "report demo time ra",
        "report --turn 4 demo 1 --scope s --json ra",
        "report --endpoint 127.0.0.1 : 50051 demo 1 ra",
      })
  void offersTheOutcomesOfAReport(String line, @TempDir Path directory) throws Exception {
    assertThat(completed(directory, line.split(" "))).containsExactly("rate-limited");
  }

  @Test
  void offersCommandsAndAllOutcomes(@TempDir Path directory) throws Exception {
    assertThat(completed(directory, "tok")).containsExactly("tokens");
    assertThat(completed(directory, "report", "demo", "1", ""))
        .contains("ok", "rate-limited", "caller-error")
        .hasSize(7);
  }

  @Test
  void beginsWithHowToUseIt() {
    assertThat(script().lines().takeWhile(line -> line.startsWith("#")))
        .containsExactly(
            "# Completion of tokenbroker for bash and zsh. In a shell, or its start-up file:",
            "#   source <(tokenbroker completion)");
  }

  private static List<String> completed(Path directory, String... words)
      throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash");
    Path script = Files.writeString(directory.resolve("completion"), script());
    List<String> command = new ArrayList<>(List.of("/bin/bash", "-c", COMPLETE));
    command.add(script.toString());
    command.addAll(List.of(words));
    Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
    bash.getOutputStream().close();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(out).isZero();
    return out.lines().toList();
  }

  private static String script() {
    try (Cli cli = new Cli()) {
      return cli.run("completion").out();
    }
  }
}
