package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
  void offersFilesToImport(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("keys.txt"), "made-up\n");
    assertThat(completed(directory, "tokens", "import", "demo", directory + "/key"))
        .containsExactly(file.toString());
    assertThat(
            completed(
                directory, "tokens", "import", "--format", "lines", "demo", directory + "/key"))
        .containsExactly(file.toString());
    assertThat(completed(directory, "tokens", "remove", "demo", directory + "/key"))
        .doesNotContain(file.toString());
  }

  @Test
  void fishHasTheSame(@TempDir Path directory) throws Exception {
    Path script;
    try (Cli cli = new Cli()) {
      script =
          Files.writeString(
              directory.resolve("tokenbroker.fish"), cli.run("completion", "fish").out());
    }
    assertThat(Files.readString(script))
        .contains(
            "complete -c tokenbroker -n '__tokenbroker_at 0' -a next -d 'Print the next turn of an account'\n")
        .contains("complete -c tokenbroker -n '__tokenbroker_at 3 tokens import' -F\n");
    Path file = Files.writeString(directory.resolve("keys.txt"), "made-up\n");
    assertThat(fish(script, "tokenbroker tok")).containsExactly("tokens");
    assertThat(fish(script, "tokenbroker --timeout 5s tokens im")).containsExactly("import");
    assertThat(fish(script, "tokenbroker report demo 1 ra")).containsExactly("rate-limited");
    assertThat(fish(script, "tokenbroker report rate")).isEmpty();
    assertThat(fish(script, "tokenbroker tokens import demo " + directory + "/key"))
        .containsExactly(file.toString());
    assertThat(fish(script, "tokenbroker tokens import demo x --format js"))
        .containsExactly("jsonl");
    assertThat(fish(script, "tokenbroker next demo --coun")).containsExactly("--count");
  }

  private static List<String> fish(Path script, String line) throws Exception {
    Path fish =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .map(folder -> Path.of(folder, "fish"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    assumeTrue(fish != null, "no fish");
    ProcessBuilder builder =
        new ProcessBuilder(
            String.valueOf(fish),
            "--no-config",
            "-c",
            "source $argv[1]; complete -C $argv[2]",
            script.toString(),
            line);
    builder.environment().put("HOME", script.getParent().toString());
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.lines().map(offer -> offer.replaceFirst("\t.*", "")).toList();
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
