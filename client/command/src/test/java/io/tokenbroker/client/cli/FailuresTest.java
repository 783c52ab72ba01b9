package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.fake.Errors;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {
  private final Cli cli = new Cli();

  @AfterEach
  void close() {
    cli.close();
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_ARGUMENT, INVALID_FIELD, 2",
    "NOT_FOUND, CREDENTIALS_DO_NOT_EXIST, 3",
    "NOT_FOUND, TOKEN_DOES_NOT_EXIST, 3",
    "RESOURCE_EXHAUSTED, TOKENS_COOLING, 4",
    "FAILED_PRECONDITION, TOKENS_QUARANTINED, 4",
    "DEADLINE_EXCEEDED, NONE, 5",
    "FAILED_PRECONDITION, STORE_READ_ONLY, 6",
    "PERMISSION_DENIED, NONE, 6",
    "UNAUTHENTICATED, NONE, 6",
    "INTERNAL, INTERNAL, 1",
  })
  void eachStatusHasItsExitCode(Code code, String reason, int exitCode) {
    cli.importText("one\n"); // so that there is an account demo
    cli.broker.tokens.failNext(Errors.of(code, reason, "What the broker said."));
    Cli.Result result = cli.run("next", "demo");
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("tokenbroker: What the broker said.").hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "next demo --count -1            | count                  | --count must be so.",
        "report demo 1 ok --retry-after 9d | report.retry_after   | --retry-after must be so.",
        "report demo 1 ok                | report.outcome         | OUTCOME must be so.",
        "report demo 1 ok                | token_id               | TOKEN_ID must be so.",
        "report demo 1 ok                | report.budgets[2].left | report.budgets[2].left must be so.",
        "lease release abc 7             | fencing_number         | FENCING must be so.",
        "tokens limit demo --rate 1/1s --rate 3/40d | settings.token_limits.rates[1].window"
            + " | --rate 3/40d: window must be so.",
        "tokens limit demo 1 --quota 5/day@25:00 | token.limits.quotas[0].reset_time_of_day"
            + " | --quota 5/day@25:00: reset_time_of_day must be so.",
        "tokens limit demo --headroom 120 | settings.token_limits.headroom_percent"
            + " | --headroom must be so.",
        "tokens remove demo 7 7 --yes    | token_ids[1]           | TOKEN_ID 7 must be so.",
        "accounts lease-policy demo --max 5 | settings.leases.max_leases | --max must be so.",
      })
  void namesWhatWasTypedForTheFieldThatIsWrong(String line, String field, String message) {
    StatusRuntimeException error = Errors.invalid(field, field + " must be so.");
    cli.broker.tokens.failNext(error);
    cli.broker.tokens.failNextReports(error);
    cli.broker.leases.releaseFailures.add(error);
    cli.broker.admin.failNext(error);
    Cli.Result result = cli.run(line.split(" +"));
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).isEqualToIgnoringNewLines("tokenbroker: " + message);
  }

  @Test
  void programsGetTheFieldOfTheContractAsWell() {
    cli.broker.admin.failNext(
        Errors.invalid(
            "settings.leases.min_ttl", "settings.leases.min_ttl must not be above max_ttl."));
    JsonObject error =
        JsonParser.parseString(
                cli.run("accounts", "lease-policy", "demo", "--min-ttl", "9m", "--json").err())
            .getAsJsonObject();
    assertThat(error.get("error").getAsString())
        .isEqualTo("--min-ttl must not be above --max-ttl.");
    assertThat(error.get("field").getAsString()).isEqualTo("settings.leases.min_ttl");
  }

  @Test
  void tellsWhereTheNamesAre() {
    assertThat(cli.run("refresh", "Demo").err())
        .isEqualToIgnoringNewLines(
            "tokenbroker: No credentials for account Demo. Names are case-sensitive; see"
                + " `tokenbroker accounts list`.");
  }

  @Test
  void tellsThatTheAccountOfATokenIsMissing() {
    cli.importText("one\n");
    for (String command :
        new String[] {
          "disable dmo 9", "remove dmo 9 --yes", "reset dmo 9", "set dmo 9 --weight 2"
        }) {
      Cli.Result result = failing("tokens " + command);
      assertThat(result.exitCode()).isEqualTo(ExitCodes.NOT_FOUND);
      assertThat(result.err())
          .as(command)
          .isEqualToIgnoringNewLines(
              "tokenbroker: No credentials for account dmo. Names are case-sensitive; see"
                  + " `tokenbroker accounts list`.");
    }
    assertThat(failing("tokens disable demo 9").err())
        .isEqualToIgnoringNewLines(
            "tokenbroker: The account has no token 9. See `tokenbroker tokens list demo`.");
  }

  private Cli.Result failing(String command) {
    cli.broker.admin.failNext(
        Errors.of(Code.NOT_FOUND, "TOKEN_DOES_NOT_EXIST", "The account has no token 9."));
    return cli.run(command.split(" "));
  }

  @Test
  void saysOnlyOnceToTryAgain() {
    StatusRuntimeException error =
        Errors.of(
            Code.RESOURCE_EXHAUSTED,
            "TOKENS_COOLING",
            "All are cooling. Try again.",
            Errors.retry(Duration.ofMillis(500)));
    cli.broker.tokens.failNext(error);
    assertThat(cli.run("next", "demo").err())
        .isEqualToIgnoringNewLines("tokenbroker: All are cooling. Try again in 0.5 s.");
  }

  @Test
  void tellsWhenToTryAgain() {
    unavailable();
    Cli.Result result = cli.run("next", "demo");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(result.err())
        .isEqualToIgnoringNewLines("tokenbroker: The broker is stopping. Try again in 1.5 s.");
  }

  @Test
  void tellsErrorsAsJsonToo() {
    unavailable();
    JsonObject error =
        JsonParser.parseString(cli.run("next", "demo", "--json").err()).getAsJsonObject();
    assertThat(error.get("error").getAsString()).isEqualTo("The broker is stopping.");
    assertThat(error.get("exit_code").getAsInt()).isEqualTo(5);
    assertThat(error.get("code").getAsString()).isEqualTo("UNAVAILABLE");
    assertThat(error.get("reason").getAsString()).isEqualTo("SHUTTING_DOWN");
    assertThat(error.get("retry_after_seconds").getAsDouble()).isEqualTo(1.5);
  }

  @Test
  void tellsThatTheBrokerIsDownAndWhatToDo() {
    cli.broker.close();
    for (String[] command :
        new String[][] {
          {"next", "demo"}, {"stream", "demo", "--timeout", "1s"}, {"watch", "demo"}
        }) {
      Cli.Result result = cli.run(command);
      assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
      assertThat(result.err())
          .isEqualToIgnoringNewLines(
              "tokenbroker: cannot reach the broker at "
                  + cli.broker.endpoint()
                  + ": connection refused. Is it running? Start it with `tokenbroker serve`, or"
                  + " name another with --endpoint.");
    }
  }

  @Test
  void tellsThatTheHostDoesNotExist() {
    Cli.Result result = cli.run("next", "demo", "--endpoint", "broker.invalid:1");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(result.err()).hasLineCount(1).contains(": unknown host broker.invalid. ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4a0000000a382e302e3336 | http2 exception",
        "485454502f312e3120343030204261642052657175657374 | but HTTP/1",
        "15030300020246 | but TLS, should it be a broker give --tls-ca",
      })
  void tellsThatWhatAnswersIsNoBroker(String answer, String what) {
    try (Stranger stranger = new Stranger(answer)) {
      // nothing can have been deleted there: no more is said than that
      for (String[] command :
          new String[][] {
            {"next", "demo"},
            {"stream", "demo"},
            {"top", "--once"},
            {"accounts", "delete", "demo", "--yes"}
          }) {
        Cli.Result result = cli.run(Map.of(Remote.VARIABLE, stranger.endpoint()), command);
        assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
        assertThat(result.err())
            .isEqualToIgnoringNewLines(
                "tokenbroker: "
                    + stranger.endpoint()
                    + " does not speak gRPC ("
                    + what
                    + "): check --endpoint");
      }
    }
  }

  @Test
  void tellsThatAServerWhichClosesMayWantTls() {
    try (Stranger stranger = new Stranger("")) {
      Cli.Result result = cli.run("next", "demo", "--endpoint", stranger.endpoint());
      assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
      assertThat(result.err())
          .hasLineCount(1)
          .contains(
              "as by a broker that has as many connections as it takes, or a server that wants TLS"
                  + " (give --tls-ca then). Is it");
    }
  }

  @Test
  void tellsThatAWebServerIsNoBroker() {
    StatusRuntimeException error =
        Code.UNKNOWN
            .toStatus()
            .withDescription("HTTP status code 200\ninvalid content-type: text/html")
            .asRuntimeException();
    FailureReport report = FailureReport.of(error, "demo", "a:1,b:2", "10s");
    assertThat(report.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(report.line())
        .isEqualTo(
            "one of a:1,b:2 does not speak gRPC (but answers with HTTP status code 200): check"
                + " --endpoint");
    // a broker may have said that
    FailureReport fault =
        FailureReport.of(
            Errors.of(Code.INTERNAL, "INTERNAL", "HTTP status code 500"), "demo", "a:1", "10s");
    assertThat(fault.exitCode()).isEqualTo(ExitCodes.UNEXPECTED);
    assertThat(fault.line()).isEqualTo("HTTP status code 500");
  }

  @Test
  void givesUpAfterTheTimeout() {
    cli.broker.tokens.silent = true;
    Cli.Result unary = cli.run("next", "demo", "--timeout", "50ms");
    assertThat(unary.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(unary.err()).hasLineCount(1).contains("no answer").contains("--timeout");
    assertThat(cli.run("stream", "demo", "--timeout", "50ms").exitCode())
        .isEqualTo(ExitCodes.UNAVAILABLE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "next Z\uFFFD\uFFFDrich                  | an argument is not text in the locale's character set: set"
            + " LC_ALL=C.UTF-8, or another UTF-8 locale, and give it in UTF-8. See 'tokenbroker --help'",
        "tokens set demo 1 --weight 0 | --weight must be from 1 to 100, is 0; --drain takes a token out"
            + " of the rotation. See 'tokenbroker tokens set --help'",
        "tokens                       | a command is missing: list, import, set, limit, disable, enable, reset"
            + " or remove. See 'tokenbroker tokens --help'",
        "next                         | Missing required parameter: 'ACCOUNT'. See 'tokenbroker"
            + " next --help'",
        "next demo --bogus            | unknown option --bogus. See 'tokenbroker next --help'",
        "exec demo sh -c true         | unknown option -c; if it is of the command to run, put -- before"
            + " that command. See 'tokenbroker exec --help'",
        "tokens import demo - s3cr3t  | 1 argument(s) too many, not repeated here as they may be"
            + " secrets. See 'tokenbroker tokens import --help'",
        "tokens import demo s3cr3t    | there is no file of that name (it may be a secret: not"
            + " repeated); - reads standard input. See 'tokenbroker tokens import --help'",
        "next demo a b                | 2 argument(s) too many: \"a\" \"b\". See 'tokenbroker next"
            + " --help'",
        "nxt demo                     | unknown command \"nxt\"; did you mean \"next\"? See"
            + " 'tokenbroker --help'",
        "tokens lst demo              | unknown command \"lst\"; did you mean \"list\"? See"
            + " 'tokenbroker tokens --help'",
        "qqq demo                     | unknown command \"qqq\". See 'tokenbroker --help'",
        "next demo --timeout 5        | Invalid value for option '--timeout': '5' is not a time"
            + " above 0 such as 500ms, 10s, 2m, 1h or 7d. See 'tokenbroker next --help'",
        "stream demo --batch-size 0   | --batch-size must be from 1 to 1000, is 0. See 'tokenbroker"
            + " stream --help'",
        "stream demo --limit -1       | --limit must not be negative, is -1. See 'tokenbroker"
            + " stream --help'",
      })
  void aWrongCommandLineIsToldInOneLine(String line, String message) {
    Cli.Result result = cli.run(line.isEmpty() ? new String[0] : line.split(" +"));
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).isEqualToIgnoringNewLines("tokenbroker: " + message);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aWrongCommandLineIsToldAsJsonToo() {
    JsonObject error = JsonParser.parseString(cli.run("next", "--json").err()).getAsJsonObject();
    assertThat(error.get("exit_code").getAsInt()).isEqualTo(2);
  }

  @Test
  void theEndpointIsTheOptionElseTheVariable() {
    Map<String, String> wrong = Map.of(Remote.VARIABLE, "broker.invalid:1");
    String right = cli.broker.endpoint();
    assertThat(cli.run(wrong, "next", "demo").exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(cli.run(wrong, "next", "demo", "--endpoint", right).exitCode()).isZero();
    assertThat(cli.run(wrong, "--endpoint", right, "next", "demo").exitCode()).isZero();
    assertThat(cli.run(wrong, "next", "demo", "--endpoint", "broker.invalid:1," + right).exitCode())
        .isZero();
    Cli.Result option = cli.run("next", "demo", "--endpoint", "nonsense");
    assertThat(option.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(option.err()).contains("is 'nonsense'. See").doesNotContain("variable");
    assertThat(cli.run(Map.of(Remote.VARIABLE, "nonsense"), "next", "demo").err())
        .contains("is 'nonsense', from the environment variable TOKENBROKER_ENDPOINT. See");
  }

  @Test
  void aBrokersMessageCannotBreakTheLine() {
    cli.broker.tokens.failNext(Errors.of(Code.NOT_FOUND, "X", "one\ntwo\u001b[31m"));
    assertThat(cli.run("next", "demo").err())
        .isEqualToIgnoringNewLines("tokenbroker: one\\ntwo\\u001b[31m");
  }

  @Test
  void anUnexpectedExceptionDoesNotPrintItsMessage() {
    FailureReport report =
        FailureReport.of(new IllegalStateException("s3cr3t"), "demo", "localhost:1", "10s");
    assertThat(report.exitCode()).isEqualTo(ExitCodes.UNEXPECTED);
    assertThat(report.line()).contains("IllegalStateException").doesNotContain("s3cr3t");
  }

  @Test
  void helpVersionAndCompletionWork() {
    assertThat(cli.run("--help").out()).contains("Exit codes:", "65   data to import refused");
    assertThat(cli.run("--version").out()).startsWith("tokenbroker ");
    assertThat(cli.run("completion").out()).contains("complete -F", "refresh");
  }

  private void unavailable() {
    StatusRuntimeException error = Errors.shuttingDown(Duration.ofMillis(1500));
    cli.broker.tokens.failNext(error, error, error, error);
  }
}
