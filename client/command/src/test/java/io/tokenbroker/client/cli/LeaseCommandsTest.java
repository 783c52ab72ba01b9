package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.Outcome;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseCommandsTest {
  private final Cli cli = new Cli();

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void acquiresRenewsAndReleases() {
    Cli.Result acquired =
        cli.run("lease", "acquire", "demo", "--holder", "me", "--ttl", "60s", "--scope", "gpt-9");
    assertThat(acquired.lines())
        .containsExactly(
            "LEASE_ID  FENCING  TOKEN_ID  UNTIL                 SECRET",
            "lease-1   1        1         2030-01-31T12:01:00Z  made-up-1");
    assertThat(cli.run("lease", "renew", "lease-1", "1", "--ttl", "2m").out())
        .isEqualToIgnoringNewLines("renewed until 2030-01-31T12:02:00Z");
    assertThat(
            cli.run("lease", "release", "lease-1", "1", "--outcome", "unauthorized", "--json")
                .out())
        .isEqualToIgnoringNewLines("{\"lease_id\":\"lease-1\",\"already_ended\":false}");
    assertThat(cli.broker.leases.releases.get(0).getReport().getOutcome())
        .isEqualTo(Outcome.OUTCOME_UNAUTHORIZED);
    assertThat(cli.run("lease", "release", "lease-1", "1").out())
        .isEqualToIgnoringNewLines("the lease had ended before");
    Cli.Result lost = cli.run("lease", "renew", "lease-1", "1");
    assertThat(lost.exitCode()).isEqualTo(ExitCodes.LEASE_LOST);
  }

  @Test
  void printsTheSecretAloneOrJson() {
    assertThat(cli.run("lease", "acquire", "demo", "-q").out())
        .isEqualToIgnoringNewLines("made-up-1");
    assertThat(cli.run("lease", "acquire", "demo", "--json", "--holder", "me").out())
        .isEqualToIgnoringNewLines(
            "{\"account\":\"demo\",\"lease_id\":\"lease-2\",\"fencing_number\":2,"
                + "\"token_id\":\"2\",\"secret\":\"made-up-2\",\"holder\":\"me\","
                + "\"acquire_time\":\"2030-01-31T12:00:00Z\","
                + "\"expire_time\":\"2030-01-31T12:00:30Z\"}");
    assertThat(cli.broker.leases.standing().get(0).getHolder())
        .contains("@", "/" + ProcessHandle.current().pid());
  }

  @Test
  void tellsThatAllAreLeased() {
    for (int i = 0; i < 3; i++) {
      cli.run("lease", "acquire", "demo");
    }
    Cli.Result result = cli.run("lease", "acquire", "demo");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.NO_TOKEN_READY);
    assertThat(result.err()).contains("All tokens are leased. Try again in 30 s.");
    cli.run("lease", "acquire", "demo", "--wait");
    assertThat(cli.broker.leases.acquired.get(4).getWait()).isTrue();
  }

  @Test
  void listsAllPagesWithoutSecretsAndRevokes() {
    for (int i = 0; i < 3; i++) {
      cli.run("lease", "acquire", "demo", "--holder", "me");
    }
    Cli.Result list = cli.run("lease", "list");
    assertThat(list.lines()).hasSize(4);
    assertThat(list.out()).contains("lease-3", "2030-01-31T12:00:30Z").doesNotContain("made-up");
    Cli.Result unknown = cli.run("lease", "list", "other");
    assertThat(unknown.exitCode()).isEqualTo(ExitCodes.NOT_FOUND);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err()).contains("No credentials for account other.");
    cli.broker.admin.accounts.put("idle", Map.of());
    assertThat(cli.run("lease", "list", "idle").lines()).hasSize(1);
    assertThat(cli.run("lease", "list", "demo", "--json").out()).doesNotContain("secret");

    assertThat(cli.run("lease", "revoke", "lease-2").exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(cli.run("lease", "revoke", "lease-2", "--yes").out())
        .isEqualToIgnoringNewLines("revoked");
    assertThat(cli.broker.leases.standing())
        .extracting(Lease::getLeaseId)
        .containsExactly("lease-1", "lease-3");
    assertThat(cli.run("lease", "revoke", "lease-2", "--yes").exitCode())
        .isEqualTo(ExitCodes.NOT_FOUND);
  }

  @Test
  void streamsEvents() {
    cli.broker.leases.onStream =
        () -> {
          cli.broker.leases.renewAll("me");
          cli.broker.leases.revoke("lease-1");
          cli.broker.leases.breakStream("me", Status.UNAVAILABLE.asRuntimeException());
        };
    Cli.Result result = cli.run("lease", "stream", "demo", "--holder", "me");
    assertThat(result.lines())
        .containsExactly(
            "granted\tlease-1\t1\t1\tmade-up-1",
            "renewed\tlease-1\t1\t1\t",
            "revoked\tlease-1\t1",
            "granted\tlease-2\t2\t2\tmade-up-2");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(cli.run("lease", "stream", "demo", "--holder", "me", "--json").lines().get(0))
        .startsWith("{\"event\":\"kept\",\"lease\":{\"account\":\"demo\",\"lease_id\":\"lease-2\"");
  }

  @Test
  void theStreamGivesUpWithoutAFirstLeaseUnlessItIsToWait() {
    for (int i = 0; i < 3; i++) {
      cli.run("lease", "acquire", "demo", "--holder", "another");
    }
    cli.broker.tokens.states.add(
        AccountState.newBuilder().setAccount("demo").setTokenCount(3).build());
    Cli.Result result = cli.run("lease", "stream", "demo", "--timeout", "300ms");
    assertThat(result.exitCode()).isEqualTo(ExitCodes.NO_TOKEN_READY);
    assertThat(result.err())
        .isEqualToIgnoringNewLines(
            "tokenbroker: no lease within 300ms: 0 of 3 tokens are ready. Wait longer with"
                + " --timeout, or for as long as it takes with --wait.");
    cli.broker.leases.onStream =
        () -> cli.broker.leases.breakStream("me", Status.UNAVAILABLE.asRuntimeException());
    assertThat(
            cli.run("lease", "stream", "demo", "--holder", "me", "--wait", "--timeout", "1ms")
                .exitCode())
        .isEqualTo(ExitCodes.UNAVAILABLE);
  }

  @Test
  void refusesAWrongCommandLine() {
    assertThat(cli.run("lease").exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(cli.run("lease", "release", "lease-1").exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(cli.run("lease", "release", "lease-1", "1", "--retry-after", "6s").exitCode())
        .isEqualTo(ExitCodes.USAGE);
    assertThat(cli.run("lease", "renew", "lease-1", "one").err())
        .isEqualToIgnoringNewLines(
            "tokenbroker: Invalid value for FENCING: 'one' is not a whole number, or too large. See"
                + " 'tokenbroker lease renew --help'");
    assertThat(cli.run("lease", "stream", "demo", "--window", "x").err())
        .startsWith(
            "tokenbroker: Invalid value for option '--window': 'x' is not a whole number, or too"
                + " large.");
  }
}
