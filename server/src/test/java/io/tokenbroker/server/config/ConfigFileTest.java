package io.tokenbroker.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "---\n",
        "~\n",
        "{}\n",
        "database:\n",
        "database:\n  # url: x\nlog: {}\n",
        "\ufefflisten: 127.0.0.1:50051\n",
        "database.pool_size: 8\n",
        "database: {pool_size: \"8\"}\n",
      })
  void acceptsWhatSaysNothingNew(String yaml) throws IOException {
    assertThat(load(yaml))
        .isEqualTo(LoadedConfig.load(Optional.empty(), Map.of(), Map.of()).config());
  }

  @Test
  void takesNumbersAsTheyAreWrittenForPasswords() throws IOException {
    assertThat(load("database:\n  password: 0123\n").database().password().reveal())
        .isEqualTo("0123");
  }

  static List<List<String>> refused() {
    return List.of(
        List.of("listen: 127.0.0.1:1\nlisten: 127.0.0.1:1\n", "duplicate key \"listen\" (FILE:2)"),
        List.of("log:\nlog:\n", "duplicate key \"log\" (FILE:2)"),
        List.of("log:\n  level: info\nlog.level: info\n", "duplicate key \"log.level\" (FILE:3)"),
        List.of("database:\n  poolsize: 1\n", "did you mean \"database.pool_size\"?"),
        List.of("pool_size: 1\n", "unknown key \"pool_size\" (FILE:1); see tokenbroker serve"),
        List.of("databse:\n  url: x\n", "did you mean \"database\"?"),
        List.of("a: {b: [c, {d: e}], f: g}\n", "unknown key \"a\" (FILE:1)"),
        List.of("listen:\n", "listen (FILE:1) has no value"),
        List.of("listen: [a]\n", "listen (FILE:1) must be HOST:PORT"),
        List.of("listen: {a: b}\n", "not a list or a mapping"),
        List.of("log: info\n", "log (FILE:1) must be a mapping"),
        List.of("log: [a]\n", "log (FILE:1) must be a mapping"),
        List.of("data: !!str x\n", "data (FILE:1) has a tag"),
        List.of("data: &a x\nlog: {level: *a}\n", "log.level (FILE:2) is an alias"),
        List.of("[a, b]: c\n", "(FILE:1) a key must be plain text"),
        List.of("- a\n", "(FILE:1) the file must be a mapping"),
        List.of("listen\n", "(FILE:1) the file must be a mapping"),
        List.of("data: a\n---\ndata: b\n", "(FILE:2) a second YAML document"),
        List.of("data: \"a\n", "file FILE:2 is not valid YAML: found unexpected end"),
        List.of("data: a\u0007\n", "file FILE (flag --config) is not valid YAML"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(List<String> yamlAndProblem) {
    assertThat(problems(yamlAndProblem.get(0)))
        .singleElement()
        .asString()
        .contains(yamlAndProblem.get(1));
  }

  @Test
  void neverShowsWhatMayBeAPassword() {
    List<String> problems =
        problems(
            """
            pasword: hunter2
            database:
              passwd: hunter2
              password: [hunter2]
              url: mysql://u:hunter2@h
            credentials:
              password: !hunter2 x
              password_file: [hunter2]
            """);

    assertThat(problems).hasSize(6).noneMatch(line -> line.contains("hunter2"));
    assertThat(problems("database:\n  password: !hunter2!x\n"))
        .singleElement()
        .asString()
        .doesNotContain("hunter2");
  }

  @Test
  void isNotImpressedByBombs() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [lol, lol]\n");
    for (int i = 1; i < 50; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(problems(laughs.toString())).hasSize(50);
    for (String deep : List.of("[", "{b: ", "- ", "? ")) {
      assertThat(problems("a:\n  " + deep.repeat(60_000)))
          .last()
          .asString()
          .isEqualTo("(FILE:2) lists or mappings are nested too deeply");
    }
    assertThat(problems("#".repeat(256 * 1024) + "\n"))
        .containsExactly("file FILE (flag --config) cannot be read: it has more than 256 KiB");
  }

  @Test
  void saysWhyAFileCannotBeRead() throws IOException {
    assertThat(problems(directory.resolve("none.yaml")))
        .containsExactly("file DIR/none.yaml (flag --config) does not exist");
    assertThat(problems(directory))
        .singleElement()
        .asString()
        .startsWith("file DIR (flag --config) cannot be read: ");
    Path latin1 = directory.resolve("latin1.yaml");
    Files.write(latin1, "data: é\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(problems(latin1))
        .containsExactly("file DIR/latin1.yaml (flag --config) is not UTF-8 text");
  }

  private Config load(String yaml) throws IOException {
    return LoadedConfig.load(Optional.of(file(yaml)), Map.of(), Map.of()).config();
  }

  private List<String> problems(String yaml) {
    try {
      return problems(file(yaml)).stream()
          .map(line -> line.replace("DIR/config.yaml", "FILE"))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> problems(Path file) {
    return catchThrowableOfType(
            ConfigException.class, () -> LoadedConfig.load(Optional.of(file), Map.of(), Map.of()))
        .problems()
        .stream()
        .map(line -> line.replace(directory.toString(), "DIR"))
        .toList();
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(directory.resolve("config.yaml"), yaml);
  }
}
