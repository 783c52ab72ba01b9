package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HelpTest {
  private final Cli cli = new Cli();

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void aBareCommandTellsWhatThereIs() {
    Cli.Result result = cli.run();
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("Usage: tokenbroker").contains("  next ", "  tokens ");
    assertThat(cli.run("--json").err()).startsWith("{\"error\":\"a command is missing");
  }

  @Test
  void helpIsACommandToo() {
    assertThat(cli.run("help").out()).isEqualTo(cli.run("--help").out());
    assertThat(cli.run("help", "next").out()).isEqualTo(cli.run("next", "--help").out());
    assertThat(cli.run("help", "nxt").exitCode()).isEqualTo(ExitCodes.USAGE);
  }

  @Test
  void versionTellsTheBrokersToo() {
    Cli.Result both = cli.run("version");
    assertThat(both.exitCode()).isZero();
    assertThat(both.lines())
        .containsExactly(
            cli.run("--version").out().strip(), "broker at " + cli.broker.endpoint() + ": 1.2.3");
    assertThat(cli.run("version", "--json").out()).contains("\"broker_version\":\"1.2.3\"");

    cli.broker.close();
    Cli.Result own = cli.run("version");
    assertThat(own.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(own.out()).isEqualTo(cli.run("--version").out());
    assertThat(own.err()).hasLineCount(1).contains("connection refused");
  }

  @Test
  void groupsTellOfTheirCommandsInAUsefulOrder() {
    assertThat(commands("tokens"))
        .containsExactly("list", "import", "set", "limit", "disable", "enable", "reset", "remove");
    assertThat(commands("lease"))
        .containsExactly("acquire", "renew", "release", "stream", "list", "revoke");
    assertThat(commands("accounts")).containsExactly("list", "show", "lease-policy", "delete");
    assertThat(commands()).startsWith("next", "stream").endsWith("version", "help");
  }

  private List<String> commands(String... group) {
    List<String> arguments = new ArrayList<>(List.of(group));
    arguments.add("--help");
    return cli.run(arguments.toArray(String[]::new)).lines().stream()
        .dropWhile(line -> !line.equals("Commands:"))
        .filter(line -> line.matches("  [a-z-]+ .*"))
        .map(line -> line.strip().replaceFirst(" .*", ""))
        .toList();
  }
}
