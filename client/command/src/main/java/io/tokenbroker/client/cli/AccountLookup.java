package io.tokenbroker.client.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.GetAccountRequest;
import java.util.Optional;

/** Accounts that may have settings and no tokens yet. */
final class AccountLookup {
  private AccountLookup() {}

  /**
   * @return empty if it has no tokens
   */
  static Optional<Account> find(TokenBrokerClient client, String account) {
    try {
      return Optional.of(
          client
              .adminStub()
              .getAccount(GetAccountRequest.newBuilder().setAccount(account).build())
              .getAccount());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Fails if an account has no tokens.
   *
   * @throws StatusRuntimeException NOT_FOUND
   */
  static void require(TokenBrokerClient client, String account) {
    var unused =
        client.adminStub().getAccount(GetAccountRequest.newBuilder().setAccount(account).build());
  }

  /**
   * Why the broker does not know an account.
   *
   * @return empty if it has tokens, or that can't be told
   */
  static Optional<StatusRuntimeException> missing(Remote remote, String account) {
    try (TokenBrokerClient client = remote.connect()) {
      require(client, account);
      return Optional.empty();
    } catch (StatusRuntimeException e) {
      return Optional.of(e).filter(error -> error.getStatus().getCode() == Status.Code.NOT_FOUND);
    }
  }

  /** Its settings may come first, but its name may be mistyped as well. */
  static void warnOfNoTokens(Remote remote, String account) {
    String text =
        "account \"" + account + "\" has no tokens yet (accounts list shows those that have)";
    remote.out().flush();
    remote
        .err()
        .println(
            remote.json()
                ? new JsonLine().put("account", account).put("warning", text).end()
                : "tokenbroker: warning: " + Visible.text(text));
  }
}
