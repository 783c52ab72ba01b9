package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.v1.ReloadConfigurationResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReloadCommandTest {
  private final Cli cli = new Cli();

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void saysThatNothingHasChanged() {
    Cli.Result result = cli.run("reload");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.OK);
    assertThat(result.lines()).containsExactly("nothing has changed");
  }

  @Test
  void tellsWhatIsHeededAndWhatNeedsARestart() {
    cli.broker.admin.reload.set(
        ReloadConfigurationResponse.newBuilder()
            .addHeededKeys("log.level")
            .addRestartKeys("listen")
            .build());
    Cli.Result result = cli.run("reload");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.OK);
    assertThat(result.lines())
        .containsExactly("heeded from now on: log.level", "needs a restart: listen");
    assertThat(cli.run("reload", "--json").lines())
        .containsExactly(
            "{\"heeded_keys\":[\"log.level\"],\"restart_keys\":[\"listen\"],\"problems\":[]}");
  }

  @Test
  void whatCannotBeUsedIsToldWithoutWhatATerminalWouldHeed() {
    cli.broker.admin.reload.set(
        ReloadConfigurationResponse.newBuilder().addProblems("log.level: \u001bno").build());
    Cli.Result result = cli.run("reload");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.REFUSED);
    assertThat(result.lines()).containsExactly("can't be used: log.level: \\u001bno");
  }
}
