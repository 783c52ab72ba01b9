package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.ScopeBench;
import io.tokenbroker.v1.Token;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OperatorCommandsTest {
  private final Cli cli = new Cli();

  @BeforeEach
  void tokens() {
    cli.importText("secret,label,expire_time\none,first,2030-01-31T12:00:00Z\ntwo,,\nthree,,\n");
  }

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void listsAllPagesOfTokensWithoutSecrets() {
    Cli.Result result = cli.run("tokens", "list", "demo");
    assertThat(result.lines())
        .containsExactly(
            "TOKEN_ID  WEIGHT  STATE  SERVED  STRIKES  EXPIRES               LABEL",
            "1         1       ready  0       0        2030-01-31T12:00:00Z  first",
            "2         1       ready  0       0        -                     -",
            "3         1       ready  0       0        -                     -");
    assertThat(cli.run("tokens", "list", "demo", "--json").lines())
        .containsExactly(
            "{\"account\":\"demo\",\"token_id\":\"1\",\"label\":\"first\",\"weight\":1,"
                + "\"enabled\":true,\"expire_time\":\"2030-01-31T12:00:00Z\",\"served\":0,"
                + "\"strikes\":0}",
            "{\"account\":\"demo\",\"token_id\":\"2\",\"weight\":1,\"enabled\":true,"
                + "\"served\":0,\"strikes\":0}",
            "{\"account\":\"demo\",\"token_id\":\"3\",\"weight\":1,\"enabled\":true,"
                + "\"served\":0,\"strikes\":0}");
  }

  @Test
  void showsWhatKeepsTokensBackAndTheirOwnLimits() {
    Timestamp ready = Timestamp.newBuilder().setSeconds(1_896_091_200).setNanos(65_056_973).build();
    change(
        "one",
        token ->
            token
                .setProbeDue(true)
                .setReadyTime(ready)
                .setBenchReason(BenchReason.BENCH_REASON_QUARANTINE));
    change(
        "two",
        token -> token.setReadyTime(ready).setBenchReason(BenchReason.BENCH_REASON_COOLDOWN));
    change(
        "three",
        token -> {
          for (String scope : new String[] {"chat", "code", "search", "vision"}) {
            token.addScopeBenches(
                ScopeBench.newBuilder()
                    .setScope(scope)
                    .setReadyTime(ready)
                    .setBenchReason(BenchReason.BENCH_REASON_COOLDOWN));
          }
          token.getLimitsBuilder().setMaxConcurrent(4);
        });
    change("one", Token.Builder::clearLabel);
    change("one", Token.Builder::clearExpireTime);
    String until = " until 2030-01-31T12:00:00Z";
    assertThat(cli.run("tokens", "list", "demo").lines())
        .containsExactly(
            "TOKEN_ID  WEIGHT  STATE                   READY                 SERVED  STRIKES"
                + "  OWN_LIMITS  COOLS_FOR",
            "1         1       quarantine, probe due   now                   0       0"
                + "        -           -",
            "2         1       cooldown                2030-01-31T12:00:00Z  0       0"
                + "        -           -",
            "3         1       ready but for 4 scopes  -                     0       0"
                + "        4 at once   chat"
                + until
                + ", code"
                + until
                + ", search"
                + until
                + " and 1 more");
    assertThat(cli.run("tokens", "list", "demo", "--json").lines().get(0))
        .contains("\"probe_due\":true", "12:00:00.065056973Z");
    assertThat(cli.run("tokens", "set", "demo", "3", "--weight", "2").out())
        .startsWith("token 3 is now ready but for chat" + until + ", ");
  }

  @Test
  void showsTimesInMillisecondsToPeople() {
    Timestamp time = Timestamp.newBuilder().setSeconds(1_896_091_200).setNanos(65_056_973).build();
    change("one", token -> token.setExpireTime(time));
    assertThat(cli.run("tokens", "list", "demo").lines().get(1))
        .contains(" 2030-01-31T12:00:00.065Z ");
    assertThat(cli.run("tokens", "set", "demo", "1", "--weight", "2").out())
        .contains(", expires 2030-01-31T12:00:00.065Z")
        .doesNotContain("056973");
  }

  private void change(String secret, Consumer<Token.Builder> change) {
    Objects.requireNonNull(cli.broker.admin.accounts.get("demo"))
        .computeIfPresent(
            secret,
            (key, token) -> {
              Token.Builder changed = token.toBuilder();
              change.accept(changed);
              return changed.build();
            });
  }

  @Test
  void listsAllPagesOfAccounts() {
    for (String account : new String[] {"a", "b", "c", "d"}) {
      cli.broker.admin.accounts.put(account, Map.of());
    }
    assertThat(cli.run("accounts", "list").lines())
        .hasSize(6)
        .startsWith("TOKENS  READY  LOADED  TURN  ACCOUNT", "0       0      yes     7     a")
        .endsWith("3       3      yes     7     demo");
    assertThat(cli.run("accounts", "list", "--json").lines())
        .hasSize(5)
        .endsWith(
            "{\"account\":\"demo\",\"token_count\":3,\"ready_count\":3,\"loaded\":true,"
                + "\"turn\":7,\"settings\":{}}");
  }

  @Test
  void showsAndRefreshesOneAccount() {
    assertThat(cli.run("accounts", "show", "demo").lines())
        .hasSize(4)
        .endsWith("limits of each token: none", "leases: one per token");
    assertThat(cli.run("refresh", "demo", "--json").out()).contains("\"token_count\":3");
    assertThat(cli.run("refresh", "other").exitCode()).isEqualTo(ExitCodes.NOT_FOUND);
  }

  @Test
  void disablesAndEnablesTokens() {
    assertThat(cli.run("tokens", "disable", "demo", "1", "3").lines())
        .containsExactly(
            "token 1 is now disabled, weight 1, label first, expires 2030-01-31T12:00:00Z",
            "token 3 is now disabled, weight 1");
    assertThat(cli.run("tokens", "enable", "demo", "1", "--json").out())
        .contains("\"token_id\":\"1\"", "\"enabled\":true")
        .doesNotContain("bench_reason");
    Cli.Result unknown = cli.run("tokens", "enable", "demo", "9");
    assertThat(unknown.exitCode()).isEqualTo(ExitCodes.NOT_FOUND);
  }

  @Test
  void drainsATokenAndTellsWhoStillHasIt() {
    for (int i = 0; i < 3; i++) {
      cli.run("lease", "acquire", "demo"); // tokens 1, 2 and 3
    }
    assertThat(cli.run("tokens", "set", "demo", "3", "--drain", "--weight", "2").lines())
        .containsExactly(
            "token 3 is now disabled, weight 2",
            "token 3 still has 1 lease, until 2030-01-31T12:00:30Z unless renewed: see"
                + " `tokenbroker lease list demo`");
    assertThat(cli.run("tokens", "disable", "demo", "1", "2").lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith("token 2 still has 1 lease, until "));
    cli.run("lease", "release", "lease-3", "3");
    assertThat(cli.run("tokens", "set", "demo", "3", "--drain").lines())
        .containsExactly("token 3 is now disabled, weight 2");
    assertThat(cli.run("tokens", "disable", "demo", "2", "--json").lines()).hasSize(1);
  }

  @Test
  void saysThatADeletionThatWasNotAnsweredMayHaveHappened() {
    cli.broker.admin.failNext(
        Status.DEADLINE_EXCEEDED.withDescription("too late").asRuntimeException(),
        Status.DEADLINE_EXCEEDED.withDescription("too late").asRuntimeException(),
        Status.UNAVAILABLE.withDescription("closed").asRuntimeException(),
        Errors.of(Status.Code.UNAVAILABLE, "STORE_UNAVAILABLE", "No database."),
        Status.DEADLINE_EXCEEDED.withDescription("too late").asRuntimeException());
    assertThat(cli.run("accounts", "delete", "demo", "--yes").err())
        .contains("may have been deleted all the same: see `tokenbroker accounts show demo`");
    assertThat(cli.run("tokens", "remove", "demo", "1", "--yes").err())
        .contains("may have been removed all the same: see `tokenbroker tokens list demo`");
    assertThat(cli.run("lease", "revoke", "lease-1", "--yes").err())
        .contains("may have been revoked all the same");
    assertThat(cli.run("accounts", "delete", "demo", "--yes").err()).doesNotContain("all the same");
    assertThat(cli.run("tokens", "set", "demo", "1", "--weight", "2").err())
        .contains("may have been done all the same");
    cli.broker.close();
    assertThat(cli.run("accounts", "delete", "demo", "--yes").err()).doesNotContain("all the same");
  }

  @Test
  void tellsWhichTokensWereChangedBeforeItFailed() {
    Cli.Result people = cli.run("tokens", "disable", "demo", "1", "3", "99");
    assertThat(people.exitCode()).isEqualTo(ExitCodes.NOT_FOUND);
    assertThat(people.out()).hasLineCount(2);
    assertThat(people.err().lines())
        .containsExactly(
            "tokenbroker: changed 2 of 3 token(s) before it failed: 1, 3",
            "tokenbroker: No such token. See `tokenbroker tokens list demo`.");
    assertThat(cli.run("tokens", "enable", "demo", "1", "99", "--json").err())
        .startsWith("{\"account\":\"demo\",\"changed\":[\"1\"],\"complete\":false}");
    assertThat(cli.run("tokens", "enable", "demo", "99").err()).hasLineCount(1);
  }

  @Test
  void setsWhatIsGivenAndNothingElse() {
    assertThat(cli.run("tokens", "set", "demo", "1", "--weight", "5").out())
        .isEqualToIgnoringNewLines(
            "token 1 is now ready, weight 5, label first, expires 2030-01-31T12:00:00Z");
    assertThat(cli.run("tokens", "set", "demo", "1", "--label", "", "--expire-time", "never").out())
        .isEqualToIgnoringNewLines("token 1 is now ready, weight 5");
    assertThat(cli.run("tokens", "set", "demo", "1").exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(cli.run("tokens", "set", "demo", "1", "--expire-time", "soon").exitCode())
        .isEqualTo(ExitCodes.USAGE);
  }

  @Test
  void removesTokens() {
    assertThat(cli.run("tokens", "remove", "demo", "1", "2", "--yes").out())
        .isEqualToIgnoringNewLines("removed 2 token(s)");
    assertThat(cli.run("tokens", "list", "demo").lines()).hasSize(2);
  }

  @Test
  void asksBeforeItRemovesTokens() {
    Cli.Result noTerminal = cli.run("tokens", "remove", "demo", "1", "2");
    assertThat(noTerminal.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(noTerminal.err()).contains("say --yes");
    cli.terminal = true;
    cli.stdin = "n\n".getBytes(StandardCharsets.UTF_8);
    Cli.Result no = cli.run("tokens", "remove", "demo", "1", "2");
    assertThat(no.exitCode()).isEqualTo(ExitCodes.REFUSED);
    assertThat(no.err())
        .startsWith("Remove token(s) 1, 2 of account demo? [y/N] ")
        .contains("nothing was removed");
    assertThat(cli.run("tokens", "list", "demo").lines()).hasSize(4);
  }

  @Test
  void deletesWithYes() {
    assertThat(cli.run("accounts", "delete", "demo", "--yes").out())
        .isEqualToIgnoringNewLines("deleted demo with 3 token(s)");
    assertThat(cli.broker.admin.accounts).isEmpty();
  }

  @Test
  void deletesNothingWithoutATerminalOrAYes() {
    Cli.Result result = cli.run("accounts", "delete", "demo");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("say --yes");
    assertThat(cli.broker.admin.accounts).containsKey("demo");
  }

  @Test
  void asksOnATerminal() {
    cli.terminal = true;
    cli.stdin = "n\n".getBytes(StandardCharsets.UTF_8);
    Cli.Result no = cli.run("accounts", "delete", "demo");
    assertThat(no.exitCode()).isEqualTo(ExitCodes.REFUSED);
    assertThat(no.err()).startsWith("Delete account demo and its 3 token(s)? [y/N] ");
    assertThat(cli.broker.admin.accounts).containsKey("demo");

    cli.stdin = "y\n".getBytes(StandardCharsets.UTF_8);
    assertThat(cli.run("accounts", "delete", "demo").exitCode()).isZero();
    assertThat(cli.broker.admin.accounts).isEmpty();
  }
}
