package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.grpc.Status.Code;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.LeasePolicy;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Quota;
import io.tokenbroker.v1.QuotaPeriod;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.ScopeBench;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenLimits;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomeCommandsTest {
  private static final TokenLimits LIMITS =
      TokenLimits.newBuilder()
          .addRates(rate(5000, 3600))
          .addRates(rate(10, 1))
          .addQuotas(
              Quota.newBuilder()
                  .setCount(10_000)
                  .setPeriod(QuotaPeriod.QUOTA_PERIOD_DAY)
                  .setResetTimeOfDay("00:00")
                  .setTimeZone("Europe/Berlin"))
          .setMaxConcurrent(4)
          .setHeadroomPercent(20)
          .build();
  private static final String[] OPTIONS = {
    "--rate",
    "5000/1h",
    "--rate",
    "10/1s",
    "--quota",
    "10000/day@00:00[Europe/Berlin]",
    "--concurrent",
    "4",
    "--headroom",
    "20"
  };

  private final Cli cli = new Cli();

  @BeforeEach
  void tokens() {
    cli.importText("one\ntwo\n");
  }

  @AfterEach
  void close() {
    cli.close();
  }

  @ParameterizedTest
  @CsvSource({
    "ok, OUTCOME_OK",
    "rate-limited, OUTCOME_RATE_LIMITED",
    "RATE_LIMITED, OUTCOME_RATE_LIMITED",
    "Rate-Limited, OUTCOME_RATE_LIMITED",
    "OUTCOME_RATE_LIMITED, OUTCOME_RATE_LIMITED",
    "outcome-rate-limited, OUTCOME_RATE_LIMITED",
    "quota-exhausted, OUTCOME_QUOTA_EXHAUSTED",
    "unauthorized, OUTCOME_UNAUTHORIZED",
    "forbidden, OUTCOME_FORBIDDEN",
    "upstream-error, OUTCOME_UPSTREAM_ERROR",
    "caller-error, OUTCOME_CALLER_ERROR",
  })
  void reportsAnOutcome(String word, Outcome outcome) {
    assertThat(cli.run("report", "demo", "1", word).exitCode()).isZero();
    assertThat(cli.broker.tokens.reports)
        .containsExactly(
            ReportOutcomeRequest.newBuilder()
                .setAccount("demo")
                .setTokenId("1")
                .setReport(Report.newBuilder().setOutcome(outcome))
                .build());
  }

  @Test
  void reportsTurnScopeAndWhenAgain() {
    String[] command = {
      "report",
      "demo",
      "1",
      "rate-limited",
      "--turn",
      "42",
      "--scope",
      "gpt-9",
      "--retry-after",
      "6s"
    };
    assertThat(cli.run(command).out()).startsWith("token 1 is now ready");
    assertThat(cli.broker.tokens.reports)
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.getTurn()).isEqualTo(42);
              assertThat(report.getScope()).isEqualTo("gpt-9");
              assertThat(report.getReport().getRetryAfter().getSeconds()).isEqualTo(6);
            });
    assertThat(cli.run(command).out()).contains("turn 42 was reported before");
    cli.run(
        "report", "demo", "1", "quota-exhausted", "--reset-time", "2030-01-31T12:00:00Z", "--json");
    assertThat(cli.broker.tokens.reports.get(2).getReport().getResetTime())
        .isEqualTo(Timestamp.newBuilder().setSeconds(1_896_091_200).build());
  }

  @Test
  void tellsWhatBecameOfTheToken() {
    Timestamp ready = Timestamp.newBuilder().setSeconds(1_896_091_200).build();
    Token.Builder token =
        Token.newBuilder()
            .setBenchReason(BenchReason.BENCH_REASON_QUARANTINE)
            .setReadyTime(ready)
            .addScopeBenches(ScopeBench.newBuilder().setScope("search").setReadyTime(ready));
    cli.broker.tokens.reported = token.build();
    String time = "2030-01-31T12:00:00Z";
    assertThat(cli.run("report", "demo", "1", "unauthorized").out())
        .startsWith(
            "token 1 is now quarantine, next probe " + time + ", cools for search until " + time);
    cli.broker.tokens.reported = token.setProbeDue(true).build();
    assertThat(cli.run("report", "demo", "1", "unauthorized").out())
        .startsWith("token 1 is now quarantine, probe due, cools for search");
    cli.broker.tokens.reported =
        token.setBenchReason(BenchReason.BENCH_REASON_CONCURRENCY).clearProbeDue().build();
    assertThat(cli.run("report", "demo", "1", "ok").out())
        .startsWith("token 1 is now concurrency until " + time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "report demo 1",
        "report demo 1 tired",
        "report demo 1 unspecified",
        "report demo 1 ok --turn -1",
        "report demo 1 rate-limited --retry-after soon",
        "report demo 1 rate-limited --reset-time soon",
        "tokens limit demo",
        "tokens limit demo --none --rate 1/1s",
        "tokens limit demo --rate 5000",
        "tokens limit demo --rate 5000/hour",
        "tokens limit demo --quota 1/year",
        "tokens limit demo --quota 1/day@25",
        "accounts lease-policy demo",
        "accounts lease-policy demo --max-ttl 0s",
      })
  void refusesAWrongCommandLine(String line) {
    assertThat(cli.run(line.split(" ")).exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(cli.broker.tokens.reports).isEmpty();
    assertThat(cli.broker.admin.settings).isEmpty();
  }

  @Test
  void resetsAToken() {
    assertThat(cli.run("tokens", "reset", "demo", "2").out()).startsWith("token 2 is now ready");
    assertThat(cli.broker.admin.resets)
        .singleElement()
        .matches(reset -> reset.getAccount().equals("demo") && reset.getTokenId().equals("2"));
  }

  @Test
  void limitsAllTokensOfAnAccount() {
    assertThat(cli.run(command("demo", OPTIONS)).lines())
        .startsWith(
            "limits of each token: 5000/1h, 10/1s, 10000/day@00:00[Europe/Berlin], 4 at once,"
                + " 20 % kept");
    assertThat(cli.broker.admin.settings)
        .isEqualTo(Map.of("demo", AccountSettings.newBuilder().setTokenLimits(LIMITS).build()));
    assertThat(cli.run("accounts", "show", "demo", "--json").out())
        .contains(
            "\"settings\":{\"token_limits\":{\"rates\":[\"5000/1h\",\"10/1s\"],\"quotas\":"
                + "[\"10000/day@00:00[Europe/Berlin]\"],\"max_concurrent\":4,"
                + "\"headroom_percent\":20}}");
    cli.run("tokens", "limit", "demo", "--none");
    assertThat(cli.broker.admin.settings)
        .isEqualTo(Map.of("demo", AccountSettings.getDefaultInstance()));
  }

  @Test
  void limitsOneToken() {
    assertThat(cli.run(command("demo 1", OPTIONS)).out()).contains("limits 5000/1h, 10/1s");
    assertThat(token("one").getLimits()).isEqualTo(LIMITS);
    assertThat(token("two").hasLimits()).isFalse();
    cli.run("tokens", "limit", "demo", "1", "--none");
    assertThat(token("one").hasLimits()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10000/day",
        "10000/day[Europe/Berlin]",
        "10000/day@06:30",
        "100000/month",
        "100000/month@15",
        "100000/month@15T06:00",
        "100000/month@15T06:00[America/Argentina/Buenos_Aires]",
      })
  void readsAndWritesQuotas(String text) {
    assertThat(LimitText.of(new LimitText.QuotaConverter().convert(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10/1s", "5/500ms", "90/90s", "5000/1h", "1/15m", "7/31d"})
  void readsAndWritesRates(String text) {
    assertThat(LimitText.of(new LimitText.RateConverter().convert(text))).isEqualTo(text);
  }

  @Test
  void boundsLeasesAndKeepsWhatIsNotGiven() {
    cli.run("accounts", "lease-policy", "demo", "--per-token", "3", "--max-ttl", "10m");
    assertThat(cli.run("accounts", "lease-policy", "demo", "--per-holder", "2").lines())
        .endsWith("leases: up to 3 per token, up to 2 per holder, TTL up to 10m");
    assertThat(cli.broker.admin.settings.get("demo").getLeases())
        .isEqualTo(
            LeasePolicy.newBuilder()
                .setMaxLeasesPerToken(3)
                .setMaxLeasesPerHolder(2)
                .setMaxTtl(com.google.protobuf.Duration.newBuilder().setSeconds(600))
                .build());
  }

  @Test
  void boundsLeasesOfAnAccountThatHasNoTokensYet() {
    assertThat(cli.run("accounts", "lease-policy", "new", "--max", "5").exitCode()).isZero();
    assertThat(cli.broker.admin.settings.get("new").getLeases().getMaxLeases()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tokens limit acmee --rate 5/1s",
        "tokens limit acmee --none",
        "accounts lease-policy acmee --max 5",
      })
  void warnsOfAnAccountWithoutTokens(String line) {
    String warning = "account \"acmee\" has no tokens yet (accounts list shows those that have)";
    Cli.Result result = cli.run(line.split(" "));
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).hasLineCount(1);
    assertThat(result.err()).isEqualToIgnoringNewLines("tokenbroker: warning: " + warning);
    Cli.Result json = cli.run((line + " --json").split(" "));
    assertThat(json.exitCode()).isZero();
    assertThat(json.err())
        .isEqualToIgnoringNewLines(
            "{\"account\":\"acmee\",\"warning\":\"" + warning.replace("\"", "\\\"") + "\"}");
    assertThat(cli.run(line.replace("acmee", "demo").split(" ")).err()).isEmpty();
  }

  @Test
  void aWarningThatCannotBeHadIsNoFailure() {
    cli.broker.admin.failAfter(1, Errors.of(Code.INTERNAL, "INTERNAL", "A fault."));
    Cli.Result result = cli.run("tokens", "limit", "demo", "--rate", "5/1s");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.lines()).containsExactly("limits of each token: 5/1s");
  }

  private Token token(String secret) {
    return java.util.Objects.requireNonNull(
        java.util.Objects.requireNonNull(cli.broker.admin.accounts.get("demo")).get(secret));
  }

  private static String[] command(String target, String... options) {
    return java.util.stream.Stream.concat(
            java.util.Arrays.stream(("tokens limit " + target).split(" ")),
            java.util.Arrays.stream(options))
        .toArray(String[]::new);
  }

  private static RateLimit rate(long count, long seconds) {
    return RateLimit.newBuilder()
        .setCount(count)
        .setWindow(com.google.protobuf.Duration.newBuilder().setSeconds(seconds))
        .build();
  }
}
