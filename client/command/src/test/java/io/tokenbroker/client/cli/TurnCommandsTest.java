package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.Token;
import java.io.PrintWriter;
import java.io.Writer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnCommandsTest {
  private final Cli cli = new Cli();

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void nextPrintsATable() {
    Cli.Result result = cli.run("next", "demo", "--count", "2");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.lines())
        .containsExactly(
            "TURN  TOKEN_ID  LABEL    SECRET",
            "1     1         label 1  made-up-1",
            "2     2         label 2  made-up-2");
  }

  @Test
  void marksTurnsOnProbation() {
    cli.broker.tokens.onProbation = "2";
    assertThat(cli.run("next", "demo", "--count", "3").lines())
        .containsExactly(
            "TURN  TOKEN_ID  LABEL    NOTE       SECRET",
            "1     1         label 1  -          made-up-1",
            "2     2         label 2  probation  made-up-2",
            "3     3         label 3  -          made-up-3");
    assertThat(cli.run("stream", "demo", "--limit", "2").lines())
        .containsExactly("4\t1\tlabel 1\tmade-up-1", "5\t2\tlabel 2\tmade-up-2\tprobation");
  }

  @Test
  void nextPrintsOneJsonObjectALine() {
    Cli.Result result = cli.run("next", "demo", "--count", "2", "--json");
    assertThat(result.lines())
        .containsExactly(
            "{\"account\":\"demo\",\"token_id\":\"1\",\"secret\":\"made-up-1\",\"turn\":1,"
                + "\"label\":\"label 1\"}",
            "{\"account\":\"demo\",\"token_id\":\"2\",\"secret\":\"made-up-2\",\"turn\":2,"
                + "\"label\":\"label 2\"}");
  }

  @Test
  void nextPrintsTheSecretAloneForScripts() {
    assertThat(cli.run("next", "demo", "-q").out()).isEqualToIgnoringNewLines("made-up-1");
  }

  @Test
  void nextGathersAnswersThatCameShort() {
    cli.broker.tokens.mostTurns = 2;
    assertThat(cli.run("next", "demo", "-q", "--count", "5").lines()).hasSize(5);
  }

  @Test
  void nextPrintsWhatItGotBeforeNoMoreWereReady() {
    cli.broker.tokens.mostTurns = 2;
    cli.broker.tokens.failAfter(1, Errors.cooling(java.time.Duration.ofSeconds(6)));
    Cli.Result result = cli.run("next", "demo", "-q", "--count", "5");
    assertThat(result.lines()).containsExactly("made-up-1", "made-up-2");
    assertThat(result.err()).contains("Try again in 6 s.");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.NO_TOKEN_READY);
  }

  @Test
  void nextAndStreamAskForAScope() throws Exception {
    cli.run("next", "demo", "--scope", "gpt-9", "--wait");
    assertThat(cli.broker.tokens.askedForSeveral)
        .singleElement()
        .matches(asked -> asked.getScope().equals("gpt-9") && asked.getWait());
    cli.run("stream", "demo", "--limit", "1", "--scope", "gpt-9");
    assertThat(cli.broker.tokens.streams.take().request.getScope()).isEqualTo("gpt-9");
  }

  @Test
  void nextLeavesTheCountToTheBroker() {
    cli.broker.tokens.failNext(Errors.invalid("count", "count must be 1 to 1000, is -1"));
    Cli.Result result = cli.run("next", "demo", "--count", "-1");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err())
        .isEqualToIgnoringNewLines("tokenbroker: --count must be 1 to 1000, is -1");
  }

  @Test
  void streamPrintsUpToTheLimit() {
    Cli.Result result = cli.run("stream", "demo", "--limit", "250", "--batch-size", "7");
    assertThat(result.exitCode()).isZero();
    assertThat(result.lines())
        .hasSize(250)
        .startsWith("1\t1\tlabel 1\tmade-up-1")
        .endsWith("250\t1\tlabel 1\tmade-up-1");
  }

  @Test
  void streamPrintsJson() {
    JsonObject turn =
        JsonParser.parseString(cli.run("stream", "demo", "--limit", "1", "--json").out())
            .getAsJsonObject();
    assertThat(turn.keySet()).containsExactly("account", "token_id", "secret", "turn", "label");
    assertThat(turn.get("turn").getAsJsonPrimitive().isNumber()).isTrue();
  }

  @Test
  void streamPrintsTheSecretAloneForScripts() {
    assertThat(cli.run("stream", "demo", "--limit", "2", "-q").lines())
        .containsExactly("made-up-1", "made-up-2");
  }

  @Test
  void streamStopsWhenItsReaderIsGone() throws Exception {
    var command =
        TokenBrokerCli.commandLine(
            new Surroundings(name -> null, System.in, fd -> false), () -> true);
    int exitCode =
        command
            .setOut(new PrintWriter(new GoneReader()))
            .execute("stream", "demo", "--endpoint", cli.broker.endpoint());
    assertThat(exitCode).isZero();
    assertThat(
            cli.broker
                .tokens
                .streams
                .take()
                .cancelled
                .await(30, java.util.concurrent.TimeUnit.SECONDS))
        .isTrue();
  }

  @Test
  void aFullDiskIsNoSuccess() {
    var command =
        TokenBrokerCli.commandLine(
            new Surroundings(name -> null, System.in, fd -> false), () -> false);
    int exitCode =
        command
            .setOut(new PrintWriter(new GoneReader()))
            .setErr(new PrintWriter(Writer.nullWriter()))
            .execute("next", "demo", "--endpoint", cli.broker.endpoint());
    assertThat(exitCode).isEqualTo(ExitCodes.UNEXPECTED);
  }

  @Test
  void streamTellsThatNoTokenWasReady() {
    cli.broker.tokens.onStream = stream -> {};
    cli.broker.tokens.states.add(
        AccountState.newBuilder()
            .setAccount("demo")
            .setTokenCount(1)
            .addTokens(
                Token.newBuilder()
                    .setTokenId("1")
                    .setBenchReason(BenchReason.BENCH_REASON_COOLDOWN))
            .build());
    Cli.Result result = cli.run("stream", "demo", "--timeout", "300ms");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.NO_TOKEN_READY);
    assertThat(result.err())
        .isEqualToIgnoringNewLines(
            "tokenbroker: no turn within 300ms: 0 of 1 tokens are ready (cooldown 1). Wait longer"
                + " with --timeout, or for as long as it takes with --wait.");
  }

  @Test
  void nextLeavesTheBrokerTimeToSayWhyThereWasNone() {
    cli.run("next", "demo", "--wait", "--timeout", "1m");
    assertThat(cli.broker.tokens.askedForSeveral.get(0).getMaxWait().getSeconds()).isEqualTo(60);
  }

  @Test
  void watchPrintsEachState() {
    AccountState state =
        AccountState.newBuilder()
            .setAccount("demo")
            .setTurn(5)
            .setTokenCount(2)
            .setReadyCount(1)
            .addTokens(Token.newBuilder().setTokenId("1").setWeight(1).setEnabled(true))
            .addTokens(
                Token.newBuilder()
                    .setTokenId("2")
                    .setLabel("nightly")
                    .setWeight(3)
                    .setBenchReason(BenchReason.BENCH_REASON_DISABLED))
            .build();
    cli.broker.tokens.states.add(state);
    cli.broker.tokens.states.add(state);
    Cli.Result people = cli.run("watch", "demo");
    assertThat(people.lines())
        .hasSize(2)
        .containsOnly("demo: turn 5, 1 of 2 tokens ready; not ready: 2 nightly (disabled)");
    assertThat(people.exitCode()).isEqualTo(ExitCodes.NOT_FOUND); // the fake deletes it then
    assertThat(cli.run("watch", "demo", "--json").lines())
        .hasSize(2)
        .containsOnly(
            "{\"account\":\"demo\",\"turn\":5,\"token_count\":2,\"ready_count\":1,"
                + "\"waiter_count\":0,\"tokens\":["
                + "{\"token_id\":\"1\",\"weight\":1,\"enabled\":true,\"served\":0,\"strikes\":0},"
                + "{\"token_id\":\"2\",\"label\":\"nightly\",\"weight\":3,\"enabled\":false,"
                + "\"bench_reason\":\"DISABLED\",\"served\":0,\"strikes\":0}]}");
  }

  private static final class GoneReader extends Writer {
    @Override
    public void write(char[] text, int offset, int length) throws java.io.IOException {
      throw new java.io.IOException("Broken pipe");
    }

    @Override
    public void flush() throws java.io.IOException {
      throw new java.io.IOException("Broken pipe");
    }

    @Override
    public void close() {}
  }
}
