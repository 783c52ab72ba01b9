package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user writes down once, so as not to say it each time. */
class ClientFileTest {
  private final Cli cli = new Cli();

  @TempDir private Path home;

  @AfterEach
  void close() {
    cli.close();
  }

  private Path write(String text) throws IOException {
    Path directory = Files.createDirectories(home.resolve(".config/tokenbroker"));
    return Files.writeString(directory.resolve("client.yaml"), text);
  }

  private Cli.Result version(Map<String, String> more) {
    Map<String, String> variables = new HashMap<>(more);
    variables.put("HOME", home.toString());
    return cli.run(variables, "version");
  }

  @Test
  void itSaysWhereTheBrokerIs() throws Exception {
    Path unused = write("endpoint: " + cli.broker.endpoint() + "\n");
    assertThat(version(Map.of()).out()).contains("broker at " + cli.broker.endpoint());
    assertThat(version(Map.of("TOKENBROKER_ENDPOINT", "127.0.0.1:1")).err())
        .contains("127.0.0.1:1");
    unused = write("# nothing\n");
    assertThat(version(Map.of("TOKENBROKER_ENDPOINT", cli.broker.endpoint())).exitCode()).isZero();
  }

  @Test
  void filesAreLookedForBesideIt() throws Exception {
    Path file = write("endpoint: " + cli.broker.endpoint() + "\ntoken_file: my.key\n");
    assertThat(version(Map.of()).err()).contains(file.resolveSibling("my.key") + " cannot be used");
    Files.writeString(file.resolveSibling("my.key"), "tbk_made-up");
    assertThat(version(Map.of()).exitCode()).isZero();
  }

  @Test
  void whatIsWrongIsToldWithItsLine() throws Exception {
    Path file = write("endpoint: 127.0.0.1:1\nendpiont: x\n");
    Cli.Result result = version(Map.of());
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains(file + ":2 has the unknown key endpiont");
    for (String bad : List.of("- a\n", "endpoint: [a]\n", "text\n", "a: {b: c\n")) {
      file = write(bad);
      result = version(Map.of());
      assertThat(result.exitCode()).as(bad).isEqualTo(ExitCodes.USAGE);
      assertThat(result.err()).contains("the client file " + file);
    }
    Path unused = write("endpoint: nonsense\n");
    assertThat(version(Map.of()).err()).contains("endpoint must be", "from the client file");
  }
}
