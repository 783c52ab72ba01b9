package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.ListAccountsResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What operators do with accounts. */
@Command(
    name = "accounts",
    description = "List, show, set up and delete accounts.",
    subcommands = LeasePolicyCommand.class)
final class AccountsCommand implements Runnable {
  private static final int PAGE_SIZE = 1000;

  @Mixin private final Remote group = new Remote();

  @Override
  public void run() {
    throw group.usage(HelpOrder.missing("accounts"));
  }

  @Command(name = "list", description = "List the accounts that have tokens, by name.")
  int list(@Mixin Remote remote) {
    Table table = AccountView.table();
    try (TokenBrokerClient client = remote.connect()) {
      String page = "";
      do {
        ListAccountsResponse answer =
            client
                .adminStub()
                .listAccounts(
                    ListAccountsRequest.newBuilder()
                        .setPageSize(PAGE_SIZE)
                        .setPageToken(page)
                        .build());
        for (Account account : answer.getAccountsList()) {
          if (remote.json()) {
            remote.out().println(AccountView.json(account));
          } else {
            AccountView.row(table, account);
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

  @Command(name = "show", description = "Show one account.")
  int show(@Mixin Remote remote, @Parameters(paramLabel = "ACCOUNT") String account) {
    try (TokenBrokerClient client = remote.connect()) {
      AccountView.print(remote, get(client, account));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "delete",
      description = "Delete an account with all its tokens, for good. Asks first.")
  int delete(
      @Mixin Remote remote,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Option(names = "--yes", description = "Do not ask.") boolean yes) {
    try (TokenBrokerClient client = remote.connect()) {
      if (!yes) {
        Confirmation.require(
            remote,
            () ->
                "Delete account "
                    + account
                    + " and its "
                    + get(client, account).getTokenCount()
                    + " token(s)?");
      }
      int removed =
          client
              .adminStub()
              .deleteAccount(DeleteAccountRequest.newBuilder().setAccount(account).build())
              .getRemovedTokenCount();
      remote
          .out()
          .println(
              remote.json()
                  ? new JsonLine().put("account", account).put("removed_token_count", removed).end()
                  : "deleted " + Visible.text(account) + " with " + removed + " token(s)");
      return ExitCodes.OK;
    }
  }

  private static Account get(TokenBrokerClient client, String account) {
    return client
        .adminStub()
        .getAccount(GetAccountRequest.newBuilder().setAccount(account).build())
        .getAccount();
  }
}
