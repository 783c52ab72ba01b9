package io.tokenbroker.client.cli;

import com.google.protobuf.FieldMask;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.ListTokensResponse;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.ResetTokenRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What operators do with the tokens of an account. */
@Command(
    name = "tokens",
    description = "List, import, change, limit and remove the tokens of an account.",
    subcommands = {ImportCommand.class, SetCommand.class, LimitCommand.class})
final class TokensCommand implements Runnable {
  private static final int PAGE_SIZE = 1000;

  @Mixin private final Remote group = new Remote();

  @Override
  public void run() {
    throw group.usage(HelpOrder.missing("tokens"));
  }

  @Command(name = "list", description = "List the tokens of an account, without their secrets.")
  int list(@Mixin Remote remote, @Parameters(paramLabel = "ACCOUNT") String account) {
    Table table = TokenView.table();
    try (TokenBrokerClient client = remote.connect()) {
      String page = "";
      do {
        ListTokensResponse answer =
            client
                .adminStub()
                .listTokens(
                    ListTokensRequest.newBuilder()
                        .setAccount(account)
                        .setPageSize(PAGE_SIZE)
                        .setPageToken(page)
                        .build());
        for (Token token : answer.getTokensList()) {
          if (remote.json()) {
            remote.out().println(TokenView.json(account, token).end());
          } else {
            TokenView.row(table, token);
          }
        }
        page = answer.getNextPageToken();
      } while (!page.isEmpty());
    }
    if (!remote.json()) {
      table.print(remote.out());
    }
    return ExitCodes.OK;
  }

  @Command(
      name = "disable",
      description = "Drain tokens: no new turns and no new leases, until they are enabled.",
      footer = {"", "Leases that they have go on until they end, or `tokenbroker lease revoke`."})
  int disable(
      @Mixin Remote remote,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "TOKEN_ID", arity = "1..*") List<String> ids) {
    return setEnabled(remote, account, ids, false);
  }

  @Command(name = "enable", description = "Put disabled tokens back into the rotation.")
  int enable(
      @Mixin Remote remote,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "TOKEN_ID", arity = "1..*") List<String> ids) {
    return setEnabled(remote, account, ids, true);
  }

  @Command(
      name = "remove",
      description = "Remove tokens for good: all that are named, or none. Asks first.")
  int remove(
      @Mixin Remote remote,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "TOKEN_ID", arity = "1..*") List<String> ids,
      @Option(names = "--yes", description = "Do not ask.") boolean yes) {
    if (!yes) {
      Confirmation.require(
          remote,
          () -> "Remove token(s) " + String.join(", ", ids) + " of account " + account + "?");
    }
    try (TokenBrokerClient client = remote.connect()) {
      var unused =
          client
              .adminStub()
              .removeTokens(
                  RemoveTokensRequest.newBuilder().setAccount(account).addAllTokenIds(ids).build());
    }
    remote
        .out()
        .println(
            remote.json()
                ? new JsonLine().put("account", account).put("removed", ids).end()
                : "removed " + ids.size() + " token(s)");
    return ExitCodes.OK;
  }

  @Command(
      name = "reset",
      description = "End the quarantine, cooldowns and strikes of a token, and clear its counts.")
  int reset(
      @Mixin Remote remote,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "TOKEN_ID") String id) {
    try (TokenBrokerClient client = remote.connect()) {
      TokenView.printChanged(
          remote,
          account,
          client
              .adminStub()
              .resetToken(ResetTokenRequest.newBuilder().setAccount(account).setTokenId(id).build())
              .getToken());
      return ExitCodes.OK;
    }
  }

  /** One call for each: what was changed before a failure stays changed, and is printed. */
  private static int setEnabled(Remote remote, String account, List<String> ids, boolean enabled) {
    int done = 0;
    try (TokenBrokerClient client = remote.connect()) {
      for (String id : ids) {
        Token token =
            client
                .adminStub()
                .updateToken(
                    UpdateTokenRequest.newBuilder()
                        .setAccount(account)
                        .setToken(Token.newBuilder().setTokenId(id).setEnabled(enabled))
                        .setUpdateMask(FieldMask.newBuilder().addPaths("enabled"))
                        .build())
                .getToken();
        TokenView.printChanged(remote, account, token);
        done++;
      }
      if (!enabled) {
        LeasesLeft.tell(client, remote, account, ids);
      }
    } catch (StatusRuntimeException e) {
      if (done > 0) {
        tellWhatIsDone(remote, account, ids, done);
      }
      throw e;
    }
    return ExitCodes.OK;
  }

  private static void tellWhatIsDone(Remote remote, String account, List<String> ids, int done) {
    remote.out().flush();
    List<String> changed = ids.subList(0, done);
    remote
        .err()
        .println(
            remote.json()
                ? new JsonLine()
                    .put("account", account)
                    .put("changed", changed)
                    .put("complete", false)
                    .end()
                : Visible.text(
                    "tokenbroker: changed "
                        + done
                        + " of "
                        + ids.size()
                        + " token(s) before it failed: "
                        + String.join(", ", changed)));
  }
}
