package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs({OS.LINUX, OS.MAC})
class ExecCommandTest {
  private final Cli cli = new Cli();

  @TempDir Path directory;

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void runsTheCommandWithTheSecretInItsEnvironment() throws Exception {
    assertThat(exec("printf %s \"$TOKEN $1\" > \"$0\"", out(), "@arg").exitCode()).isZero();
    assertThat(out()).hasContent("made-up-1 @arg");
    assertThat(cli.broker.leases.standing()).isEmpty();
    assertThat(cli.broker.leases.releases).hasSize(1);
  }

  @Test
  void namesTheVariableAsAsked() throws Exception {
    cli.run(
        "exec",
        "demo",
        "--env",
        "GH_TOKEN",
        "--ttl",
        "60s",
        "--holder",
        "me",
        "--scope",
        "s",
        "--",
        "sh",
        "-c",
        "printf %s \"$GH_TOKEN ${TOKEN-unset}\" > \"$0\"",
        out().toString());
    assertThat(out()).hasContent("made-up-1 unset");
    assertThat(cli.broker.leases.acquired)
        .singleElement()
        .matches(asked -> asked.getHolder().equals("me") && asked.getTtl().getSeconds() == 60)
        .matches(asked -> asked.getScope().equals("s"));
  }

  @Test
  void givesTheSecretThroughADescriptor() throws Exception {
    Cli.Result result =
        cli.run(
            "exec",
            "demo",
            "--fd",
            "3",
            "--",
            "sh",
            "-c",
            "read -r secret <&3; env > \"$0\"; printf %s \"$secret\" >> \"$0\"",
            out().toString());
    assertThat(result.exitCode()).isZero();
    String seen = Files.readString(out());
    assertThat(seen).endsWith("made-up-1");
    assertThat(seen.indexOf("made-up-1")).isEqualTo(seen.length() - "made-up-1".length());
    assertThat(cli.broker.leases.standing()).isEmpty();
  }

  @Test
  void passesALongSecretThroughADescriptor() {
    cli.broker.leases.secret = "x".repeat(65_536);
    Cli.Result result =
        cli.run(
            "exec", "demo", "--fd", "9", "--", "sh", "-c", "cat <&9 > \"$0\"", out().toString());
    assertThat(result.exitCode()).isZero();
    assertThat(out()).hasContent("x".repeat(65_536));
  }

  @ParameterizedTest
  @CsvSource({"exit 0, 0", "exit 3, 3", "exit 255, 255", "kill -TERM $$, 143", "kill -9 $$, 137"})
  void returnsTheCommandsExitCode(String script, int code) {
    assertThat(exec(script).exitCode()).isEqualTo(code);
    assertThat(cli.broker.leases.standing()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-such-command", "/no/such/command"})
  void tellsThatThereIsNoSuchCommand(String command) {
    Cli.Result result = cli.run("exec", "demo", "--", command);
    assertThat(result.exitCode()).isEqualTo(127);
    assertThat(result.err())
        .isEqualToIgnoringNewLines("tokenbroker: cannot run '" + command + "': not found");
    assertThat(cli.run("exec", "demo", "--fd", "3", "--", command).exitCode()).isEqualTo(127);
    assertThat(cli.broker.leases.standing()).isEmpty();
  }

  @Test
  void tellsThatACommandCannotBeRun() {
    assertThat(cli.run("exec", "demo", "--", directory.toString()).exitCode()).isEqualTo(126);
  }

  @Test
  void aSecretThatNoVariableCanHoldIsNotInTheError() {
    cli.broker.leases.secret = "made-up\0secret";
    Cli.Result result = exec("exit 0");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNEXPECTED);
    assertThat(result.err()).contains("--fd").doesNotContain("made-up");
  }

  @Test
  void runsNothingWithoutALease() {
    for (int i = 0; i < 3; i++) {
      cli.run("lease", "acquire", "demo");
    }
    Cli.Result result = exec("> \"$0\"", out());
    assertThat(result.exitCode()).isEqualTo(ExitCodes.NO_TOKEN_READY);
    assertThat(out()).doesNotExist();
  }

  @Test
  void killsTheCommandAndItsChildrenWhenTheLeaseIsLost() throws Exception {
    cli.broker.leases.onRenew = () -> cli.broker.leases.loseSilently("lease-1");
    Cli.Result result =
        cli.run(
            "exec",
            "demo",
            "--ttl",
            "1s",
            "--",
            "sh",
            "-c",
            "sleep 300 & echo $! > \"$0\"; wait",
            out().toString());
    assertThat(result.exitCode()).isEqualTo(143);
    assertThat(result.err()).contains("the lease is lost", "ending the command");
    long grandchild = Long.parseLong(Files.readString(out()).strip());
    assertThat(ProcessHandle.of(grandchild).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(cli.broker.leases.releases).isEmpty();
  }

  @Test
  void warnsAndGoesOnIfAsked() throws Exception {
    Path lost = directory.resolve("lost");
    cli.broker.leases.onRenew =
        () -> {
          cli.broker.leases.loseSilently("lease-1");
          assertThat(lost.toFile().mkdir()).isTrue();
        };
    Cli.Result result =
        cli.run(
            "exec",
            "demo",
            "--ttl",
            "1s",
            "--on-lost",
            "warn",
            "--",
            "sh",
            "-c",
            "while [ ! -d \"$0\" ]; do sleep 0.05; done; sleep 0.5; exit 4",
            lost.toString());
    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.err()).contains("the lease is lost").doesNotContain("ending");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void passesSignalsOn(String signal) throws Exception {
    Process probe =
        new ProcessBuilder("sh", "-c", "trap 'exit 7' " + signal + "; kill -s " + signal + " $$")
            .start();
    assumeThat(probe.waitFor())
        .as("signals that were ignored when this began, as by nohup or '&', stay ignored")
        .isEqualTo(7);
    Process tokenbroker =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TokenBrokerCli.class.getName(),
                "--endpoint",
                cli.broker.endpoint(),
                "exec",
                "demo",
                "--",
                "sh",
                "-c",
                "trap 'exit 7' " + signal + "; echo ready; while :; do sleep 0.05; done")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(tokenbroker.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("ready");
      assertThat(
              new ProcessBuilder("sh", "-c", "kill -s " + signal + " " + tokenbroker.pid())
                  .start()
                  .waitFor())
          .isZero();
      assertThat(tokenbroker.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(tokenbroker.exitValue()).isEqualTo(7);
    } finally {
      tokenbroker.descendants().forEach(ProcessHandle::destroyForcibly);
      tokenbroker.destroyForcibly();
    }
    assertThat(cli.broker.leases.standing()).isEmpty();
  }

  @Test
  void refusesAWrongCommandLine() {
    for (List<String> line :
        List.of(
            List.of("exec", "demo"),
            List.of("exec", "demo", "--"),
            List.of("exec", "demo", "--fd", "2", "--", "true"),
            List.of("exec", "demo", "--fd", "10", "--", "true"),
            List.of("exec", "demo", "--env", "A=B", "--", "true"),
            List.of("exec", "demo", "--on-lost", "shrug", "--", "true"))) {
      assertThat(cli.run(line.toArray(String[]::new)).exitCode()).isEqualTo(ExitCodes.USAGE);
    }
    assertThat(cli.broker.leases.acquired).isEmpty();
  }

  private Path out() {
    return directory.resolve("out");
  }

  private Cli.Result exec(String script, Object... args) {
    String[] line = new String[6 + args.length];
    System.arraycopy(new String[] {"exec", "demo", "--", "sh", "-c", script}, 0, line, 0, 6);
    for (int i = 0; i < args.length; i++) {
      line[6 + i] = args[i].toString();
    }
    return cli.run(line);
  }
}
