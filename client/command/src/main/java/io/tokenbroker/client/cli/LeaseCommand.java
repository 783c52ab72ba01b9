package io.tokenbroker.client.cli;

import io.tokenbroker.client.LeaseOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RevokeLeaseRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Leases by hand. */
@Command(
    name = "lease",
    description = "Acquire, renew, release, list, revoke and stream leases: tokens of one's own.",
    footer = {"", "To run a command with a leased token, see: tokenbroker exec"},
    subcommands = LeaseStreamCommand.class)
final class LeaseCommand implements Runnable {
  @Mixin private final Remote group = new Remote();

  @Override
  public void run() {
    throw group.usage(HelpOrder.missing("lease"));
  }

  @Command(
      name = "acquire",
      description = "Take a token of an account for oneself, and print its secret.",
      footer = {"", "It ends with its TTL unless it is renewed or released."})
  int acquire(
      @Mixin Remote remote,
      @Mixin LeaseTerms terms,
      @Parameters(paramLabel = "ACCOUNT", description = "Whose token.") String account,
      @Option(
              names = {"-q", "--secret-only"},
              description = "Print nothing but the secret, as it is.")
          boolean secretOnly) {
    LeaseOptions options = terms.options(remote);
    try (TokenBrokerClient client = remote.connect()) {
      Lease lease = client.acquireLease(account, options).message();
      if (remote.json()) {
        remote.out().println(LeaseView.json(lease).end());
      } else if (secretOnly) {
        remote.out().println(lease.getSecret());
      } else {
        Table table = new Table("LEASE_ID", "FENCING", "TOKEN_ID", "UNTIL", "LABEL?", "SECRET");
        table.row(
            lease.getLeaseId(),
            Long.toUnsignedString(lease.getFencingNumber()),
            lease.getTokenId(),
            Times.shown(lease.getExpireTime()),
            lease.getLabel(),
            lease.getSecret());
        table.print(remote.out());
      }
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "renew",
      description = "Prolong a lease. Exit code 7 if it is lost: stop using the token.")
  int renew(
      @Mixin Remote remote,
      @Parameters(paramLabel = "LEASE_ID") String id,
      @Parameters(paramLabel = "FENCING", description = "Its fencing number.") long fencing,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              converter = TimeoutConverter.class,
              description = "How long it lasts from now on. Default: as long as before.")
          @Nullable Duration ttl) {
    RenewLeaseRequest.Builder request =
        RenewLeaseRequest.newBuilder().setLeaseId(id).setFencingNumber(fencing);
    if (ttl != null) {
      request.setTtl(Times.duration(ttl));
    }
    try (TokenBrokerClient client = remote.connect()) {
      Lease lease = client.stub().renewLease(request.build()).getLease();
      remote
          .out()
          .println(
              remote.json()
                  ? LeaseView.json(lease).end()
                  : "renewed until " + Times.shown(lease.getExpireTime()));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "release",
      description = "Give a leased token back, and tell what became of it if you like.")
  int release(
      @Mixin Remote remote,
      @Mixin WhenAgain again,
      @Parameters(paramLabel = "LEASE_ID") String id,
      @Parameters(paramLabel = "FENCING", description = "Its fencing number.") long fencing,
      @Option(
              names = "--outcome",
              paramLabel = "OUTCOME",
              converter = OutcomeConverter.class,
              completionCandidates = OutcomeConverter.class,
              description = "What the upstream answered: ${COMPLETION-CANDIDATES}.")
          @Nullable Outcome outcome) {
    ReleaseLeaseRequest.Builder request =
        ReleaseLeaseRequest.newBuilder().setLeaseId(id).setFencingNumber(fencing);
    if (outcome != null) {
      request.setReport(again.report(outcome));
    } else if (again.isGiven()) {
      throw remote.usage("--retry-after and --reset-time need an --outcome");
    }
    try (TokenBrokerClient client = remote.connect()) {
      boolean ended = client.stub().releaseLease(request.build()).getAlreadyEnded();
      remote
          .out()
          .println(
              remote.json()
                  ? new JsonLine().put("lease_id", id).put("already_ended", ended).end()
                  : ended ? "the lease had ended before" : "released");
      return ExitCodes.OK;
    }
  }

  @Command(name = "list", description = "List the leases of an account, or all.")
  int list(
      @Mixin Remote remote,
      @Parameters(paramLabel = "ACCOUNT", arity = "0..1", description = "Default: all accounts.")
          @Nullable String account) {
    Table table = LeaseView.table();
    try (TokenBrokerClient client = remote.connect()) {
      int count =
          LeasePages.read(
              client,
              account == null ? "" : account,
              lease -> {
                if (remote.json()) {
                  remote.out().println(LeaseView.json(lease).end());
                } else {
                  LeaseView.row(table, lease);
                }
              });
      if (count == 0 && account != null) {
        AccountLookup.require(client, account);
      }
    }
    if (!remote.json()) {
      table.print(remote.out());
    }
    return ExitCodes.OK;
  }

  @Command(
      name = "revoke",
      description = "End a lease against its holder's will. Asks first.",
      footer = {"", "Others get the token at once, while the holder may still be using it."})
  int revoke(
      @Mixin Remote remote,
      @Parameters(paramLabel = "LEASE_ID") String id,
      @Option(names = "--yes", description = "Do not ask.") boolean yes) {
    if (!yes) {
      Confirmation.require(remote, () -> "Revoke lease " + id + "?");
    }
    try (TokenBrokerClient client = remote.connect()) {
      var unused =
          client.adminStub().revokeLease(RevokeLeaseRequest.newBuilder().setLeaseId(id).build());
      remote.out().println(remote.json() ? new JsonLine().put("revoked", id).end() : "revoked");
      return ExitCodes.OK;
    }
  }
}
