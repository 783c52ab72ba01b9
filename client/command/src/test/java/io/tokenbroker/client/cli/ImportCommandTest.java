package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.v1.AddTokensRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
  @TempDir private Path directory;
  private final Cli cli = new Cli();

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void importsTwiceAndChangesNothingTheSecondTime() {
    assertThat(cli.importText("one\ntwo\n").out())
        .isEqualToIgnoringNewLines("added 2, already there 0");
    assertThat(cli.importText("one\ntwo\nthree\n").out())
        .isEqualToIgnoringNewLines("added 1, already there 2");
    assertThat(cli.importText("one\n", "--json").out())
        .isEqualToIgnoringNewLines(
            "{\"account\":\"demo\",\"added\":0,\"already_there\":1,\"refused\":0}");
  }

  @Test
  void takesTheFormatFromTheName() throws Exception {
    Path file = Files.writeString(directory.resolve("keys.env"), "GITHUB=one\n");
    assertThat(cli.run("tokens", "import", "demo", file.toString()).exitCode()).isZero();
    assertThat(cli.broker.admin.adds.get(0).getTokens(0).getLabel()).isEqualTo("GITHUB");
  }

  @Test
  void importsNothingIfALineIsRefused() {
    Cli.Result result = cli.importText("s3cr3t-1\ns3cr3t-2\ns3cr3t-1\n");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.BAD_DATA);
    assertThat(result.err().lines())
        .containsExactly(
            "line 3: same secret as line 1",
            "tokenbroker: nothing was imported: 1 line(s) refused. Correct them, or import the"
                + " others with --skip-invalid");
    assertThat(result.out()).isEmpty();
    assertThat(cli.broker.admin.calls).hasValue(0);
  }

  @Test
  void importsTheOthersIfAskedTo() {
    Cli.Result result = cli.importText("one\none\ntwo\n", "--skip-invalid");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEqualToIgnoringNewLines("line 2: same secret as line 1");
    assertThat(result.out()).isEqualToIgnoringNewLines("added 2, already there 0, refused 1");
  }

  @Test
  void tellsProblemsAsJsonToo() {
    assertThat(cli.importText("one\none\n", "--json").err().lines())
        .containsExactly(
            "{\"line\":2,\"error\":\"same secret as line 1\"}",
            "{\"error\":\"nothing was imported: 1 line(s) refused. Correct them, or import the"
                + " others with --skip-invalid\",\"exit_code\":65}");
  }

  @Test
  void refusesAFileWithoutSecrets() {
    for (String text : new String[] {"", "\n\n", "# nothing yet\n", "secret\n"}) {
      Cli.Result result = cli.importText(text);
      assertThat(result.exitCode()).isEqualTo(ExitCodes.BAD_DATA);
      assertThat(result.err())
          .isEqualToIgnoringNewLines("tokenbroker: nothing to import: stdin has no secrets");
    }
  }

  @Test
  void refusesWhatIsNoFile() {
    Cli.Result result = cli.run("tokens", "import", "demo", directory.toString());
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).hasLineCount(1).contains("\"" + directory + "\": it is a directory");
  }

  @Test
  void namesAMissingFileUnlessItMayBeASecret() {
    for (String name :
        new String[] {directory.resolve("keys").toString(), "keys.TXT", ".env.prod", "no/a.csv"}) {
      Cli.Result result = cli.run("tokens", "import", "demo", name);
      assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
      assertThat(result.err())
          .contains("there is no file \"" + name + "\"; - reads standard input");
    }
    for (String secret : new String[] {"s3cr3t", "/s3cr3t==", "s3cr3t/+a", "eyJh.s3cr3t.x"}) {
      assertThat(cli.run("tokens", "import", "demo", secret).err())
          .contains("there is no file of that name")
          .doesNotContain("s3cr3t");
    }
  }

  @Test
  void tellsTheFirstProblemsOnlyButAllToPrograms() {
    String text = "one\n".repeat(23); // 22 of them stand twice
    assertThat(cli.importText(text, "--skip-invalid").err().lines())
        .hasSize(21)
        .startsWith("line 2: same secret as line 1")
        .endsWith("line 21: same secret as line 1", "… and 2 more");
    assertThat(cli.importText("one\n".repeat(21), "--skip-invalid").err().lines())
        .hasSize(20)
        .endsWith("line 21: same secret as line 1");
    assertThat(cli.importText(text, "--skip-invalid", "--json").err()).hasLineCount(22);
  }

  @Test
  void takesTheFormatInAnyCaseAndNamesAll() {
    assertThat(cli.importText("A=one\n", "--format", "Env").exitCode()).isZero();
    assertThat(cli.importText("A=one\n", "--format", "xml").err())
        .contains("'xml' is none of auto, lines, csv, jsonl, env.");
    assertThat(cli.run("completion").out()).contains("\"auto\" \"lines\"").doesNotContain("LINES");
  }

  @Test
  void sendsCallsThatTheBrokerTakes() {
    Cli.Result result = cli.importText(secrets(2500, 10));
    assertThat(result.out()).isEqualToIgnoringNewLines("added 2500, already there 0");
    assertThat(cli.broker.admin.adds)
        .extracting(AddTokensRequest::getTokensCount)
        .containsExactly(1000, 1000, 500);

    cli.broker.admin.adds.clear();
    cli.importText(secrets(100, 60_000));
    assertThat(cli.broker.admin.adds).hasSize(2);
    assertThat(cli.broker.admin.adds)
        .allSatisfy(
            call -> assertThat(call.getSerializedSize()).isLessThan(ImportCalls.MAX_BYTES + 100));
  }

  @Test
  void tellsWhatIsDoneWhenItFailsOnItsWay() {
    cli.broker.admin.failAfter(1, Status.INTERNAL.asRuntimeException());
    Cli.Result result = cli.importText(secrets(1500, 10));
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNEXPECTED);
    assertThat(result.err())
        .startsWith(
            "tokenbroker: added 1000, already there 0 before it failed; the same command again"
                + " does the rest");
  }

  @Test
  void tellsTheLineThatTheBrokerRefuses() {
    cli.broker.admin.failNext(Errors.invalid("tokens[1].label", "label is not to its taste"));
    Cli.Result result = cli.importText("# comment\none\n\ntwo\n");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.BAD_DATA);
    assertThat(result.err())
        .isEqualToIgnoringNewLines("tokenbroker: line 4: label is not to its taste");
  }

  @Test
  void showsProgressOnlyOnATerminalAndForLongImports() {
    assertThat(cli.importText(secrets(2500, 10)).err()).isEmpty();
    cli.terminal = true;
    assertThat(cli.importText(secrets(2500, 11)).err()).contains("import", "2500/2500");
    assertThat(cli.importText(secrets(10, 12)).err()).isEmpty();
  }

  /** Different secrets of about so many characters each. */
  private static String secrets(int count, int length) {
    return IntStream.range(0, count)
        .mapToObj(i -> "x".repeat(Math.max(0, length - 6)) + "-" + (100_000 + i))
        .collect(Collectors.joining("\n"));
  }
}
