package io.tokenbroker.client.cli;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.AccountState;
import java.util.concurrent.CompletionException;

/** Why nothing has come on a stream in time. */
final class NothingCame {
  private NothingCame() {}

  /**
   * Asks the broker.
   *
   * @param what was waited for: turn or lease
   * @throws StatusRuntimeException if the broker does not answer this either
   */
  static CommandFailure within(
      Remote remote, TokenBrokerClient client, String account, String what) {
    AccountState state = state(remote, client, account);
    String why = new TopRow(state, false, 0, 0).why();
    return new CommandFailure(
        ExitCodes.NO_TOKEN_READY,
        "no "
            + what
            + " within "
            + Times.text(remote.timeout())
            + ": "
            + state.getReadyCount()
            + " of "
            + state.getTokenCount()
            + " tokens are ready"
            + (why.isEmpty() ? "" : " (" + why + ")")
            + ". Wait longer with --timeout, or for as long as it takes with --wait.");
  }

  private static AccountState state(Remote remote, TokenBrokerClient client, String account) {
    try {
      return FirstState.of(client, account, remote.timeout()).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StatusRuntimeException refused) {
        throw refused;
      }
      throw e;
    }
  }
}
