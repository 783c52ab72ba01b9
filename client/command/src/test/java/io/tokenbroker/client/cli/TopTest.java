package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TopTest {
  private static final Instant NOW = Instant.parse("2030-01-31T12:00:00Z");

  private final Cli cli = new Cli();
  private long nanos;

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void samplesTheLoadedAccountsAndSortsTheBusiestFirst() {
    for (String account : new String[] {"a", "b", "c"}) {
      cli.broker.admin.accounts.put(account, Map.of());
    }
    try (TokenBrokerClient client = TokenBrokerClient.connect(cli.broker.endpoint())) {
      TopSource source = new TopSource(client, List.of(), Duration.ofSeconds(10), () -> nanos);
      source.list();
      cli.broker.tokens.watched = account -> state(account, 10, 1);
      assertThat(source.sample()).hasSize(3).noneMatch(TopRow::known);
      cli.broker.tokens.watched =
          account -> account.equals("c") ? state("c", 60, 1) : state(account, 10, 1);
      nanos = 2_000_000_000L;
      List<TopRow> rows = source.sample();
      assertThat(rows).extracting(row -> row.state().getAccount()).containsExactly("c", "a", "b");
      assertThat(rows.get(0).rate()).isEqualTo(25);
    }
  }

  @Test
  void printsALineForEachAccountWithoutATerminal() {
    cli.broker.tokens.watched = account -> state(account, 10, 2);
    Cli.Result result = cli.run("top", "demo", "--interval", "100ms", "--once");
    assertThat(result.lines())
        .containsExactly(
            "demo: 0.0 turns/s, average 0.0, 1 of 3 tokens ready, 2 waiting;"
                + " benched: cooldown 1, leased 1");
    assertThat(result.exitCode()).isZero();
    assertThat(cli.run("top", "demo", "--json").lines())
        .containsExactly(
            "{\"account\":\"demo\",\"turn\":10,\"token_count\":3,\"ready_count\":1,"
                + "\"waiter_count\":2,\"turns_per_second\":0.0,\"average_of_10\":0.0}");
  }

  @Test
  void anAccountThatWasAskedForMustExist() {
    cli.broker.tokens.failNext(Errors.noCredentials("demo"));
    assertThat(cli.run("top", "demo").exitCode()).isEqualTo(ExitCodes.NOT_FOUND);
    assertThat(cli.run("top", "demo", "--interval", "10ms").exitCode()).isEqualTo(ExitCodes.USAGE);
  }

  @Test
  void fitsEightyColumnsAndTwentyFourRows() {
    List<TopRow> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(
          new TopRow(state("a-long-account-name-" + "x".repeat(i), 1, 99), true, 1_234_567, 9.9));
    }
    List<String> lines = TopScreen.lines("title".repeat(30), rows, "q: quit", NOW, 80, 24);
    assertThat(lines).hasSize(24).allMatch(line -> line.codePointCount(0, line.length()) <= 80);
    assertThat(lines.get(22)).isEqualTo("and 21 more");
    assertThat(lines.get(23)).isEqualTo("q: quit");
    assertThat(lines.get(3)).contains("1234567", "9.9", " 99");
  }

  @Test
  void showsTheTokensOfAnAccountThatIsAlone() {
    List<String> lines =
        TopScreen.lines(
            "title", List.of(new TopRow(state("demo", 7, 0), true, 1, 1)), "", NOW, 80, 24);
    assertThat(lines)
        .contains(
            "ACCOUNT      TURNS/S  AVG 10 TOKENS  READY  BENCH  WAIT  BENCHED",
            "demo             1.0     1.0      3      1      2     0  cooldown 1, leased 1",
            "TOKEN_ID      SERVED STRIKES  BACK IN  STATE / LABEL",
            "1                  5       0        -  ready  nightly",
            "2                  4       2      90s  cooldown",
            "3                  0       0        -  leased");
  }

  @Test
  void drawsOverTheOldFrameInOnePiece() {
    assertThat(LiveTerminal.frame(List.of("a", "b")))
        .isEqualTo("\u001b[Ha\u001b[K\r\nb\u001b[K\u001b[J");
  }

  private static AccountState state(String account, long turn, int waiters) {
    return AccountState.newBuilder()
        .setAccount(account)
        .setTurn(turn)
        .setTokenCount(3)
        .setReadyCount(1)
        .setWaiterCount(waiters)
        .addTokens(Token.newBuilder().setTokenId("1").setLabel("nightly").setServed(5))
        .addTokens(
            Token.newBuilder()
                .setTokenId("2")
                .setServed(4)
                .setStrikes(2)
                .setBenchReason(BenchReason.BENCH_REASON_COOLDOWN)
                .setReadyTime(Times.parse("2030-01-31T12:01:30Z")))
        .addTokens(
            Token.newBuilder().setTokenId("3").setBenchReason(BenchReason.BENCH_REASON_LEASED))
        .build();
  }
}
