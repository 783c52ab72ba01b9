package io.tokenbroker.client.cli;

import io.tokenbroker.v1.Account;

/** An account as it is printed. */
final class AccountView {
  private AccountView() {}

  static String json(Account account) {
    return new JsonLine()
        .put("account", account.getAccount())
        .put("token_count", account.getTokenCount())
        .put("ready_count", account.getReadyCount())
        .put("loaded", account.getLoaded())
        .putUnsigned("turn", account.getTurn())
        .putObject("settings", SettingsView.json(account.getSettings()))
        .end();
  }

  static Table table() {
    return new Table("TOKENS", "READY", "LOADED", "TURN", "ACCOUNT");
  }

  static void row(Table table, Account account) {
    table.row(
        Integer.toString(account.getTokenCount()),
        Integer.toString(account.getReadyCount()),
        account.getLoaded() ? "yes" : "no",
        account.getLoaded() ? Long.toUnsignedString(account.getTurn()) : "-",
        account.getAccount());
  }

  static void print(Remote remote, Account account) {
    if (remote.json()) {
      remote.out().println(json(account));
      return;
    }
    Table table = table();
    row(table, account);
    table.print(remote.out());
    remote.out().println(SettingsView.limits(account.getSettings()));
    remote.out().println(SettingsView.leases(account.getSettings()));
  }
}
