package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
  void versionIsACommandToo() {
    assertThat(cli.run("version").out())
        .startsWith("tokenbroker ")
        .isEqualTo(cli.run("--version").out());
  }
}
