package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The account's state, again after every change. */
@Command(
    name = "watch",
    description = "Print the state of an account now and after every change, until Ctrl-C.",
    footer = {"", "It ends with exit code 5 when the broker stops, 3 when the account is gone."})
final class WatchCommand implements Callable<Integer> {
  private static final int NAMED = 5;

  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Which account.")
  private String account = "";

  @Override
  public Integer call() {
    try (TokenBrokerClient client = remote.connect()) {
      Iterator<WatchAccountResponse> states =
          client.stub().watchAccount(WatchAccountRequest.newBuilder().setAccount(account).build());
      while (states.hasNext()) {
        AccountState state = states.next().getState();
        remote.out().println(remote.json() ? json(state) : summary(state));
        if (remote.out().checkError()) { // flushes; the reader went away
          break;
        }
      }
      return ExitCodes.OK;
    }
  }

  private static String json(AccountState state) {
    return new JsonLine()
        .put("account", state.getAccount())
        .putUnsigned("turn", state.getTurn())
        .put("token_count", state.getTokenCount())
        .put("ready_count", state.getReadyCount())
        .put("waiter_count", state.getWaiterCount())
        .putObjects("tokens", state.getTokensList().stream().map(TokenView::json).toList())
        .end();
  }

  private static String summary(AccountState state) {
    String benched =
        state.getTokensList().stream()
            .filter(token -> token.getBenchReason() != BenchReason.BENCH_REASON_UNSPECIFIED)
            .limit(NAMED)
            .map(WatchCommand::name)
            .collect(Collectors.joining(", "));
    int more = state.getTokenCount() - state.getReadyCount() - NAMED;
    return state.getAccount()
        + ": turn "
        + Long.toUnsignedString(state.getTurn())
        + ", "
        + state.getReadyCount()
        + " of "
        + state.getTokenCount()
        + " tokens ready"
        + (state.getWaiterCount() == 0 ? "" : ", " + state.getWaiterCount() + " waiting")
        + (benched.isEmpty() ? "" : "; not ready: " + Visible.text(benched))
        + (more > 0 ? " and " + more + " more" : "");
  }

  private static String name(Token token) {
    String label = token.getLabel().isEmpty() ? "" : " " + token.getLabel();
    return token.getTokenId() + label + " (" + TokenView.state(token) + ")";
  }
}
