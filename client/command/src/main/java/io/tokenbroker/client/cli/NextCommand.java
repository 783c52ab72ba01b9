package io.tokenbroker.client.cli;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.TurnOptions;
import io.tokenbroker.v1.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One or more turns at once. */
@Command(
    name = "next",
    description = "Print the next turn of an account: its token and secret.",
    footer = {
      "",
      "In a script: TOKEN=$(tokenbroker next ACCOUNT -q), or --json and a JSON reader.",
      "A token on probation is in quarantine: report its outcome, so that it may come back.",
      "If fewer than --count are ready, those are printed, and the exit code is 4."
    })
final class NextCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose token.")
  private String account = "";

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many turns, 1 to 1000. Default: 1.")
  private int count = 1;

  @Option(
      names = {"-q", "--secret-only"},
      description = "Print nothing but the secret, as it is; one a line.")
  private boolean secretOnly;

  @Mixin private final TurnFlags turn = new TurnFlags();

  @Override
  public Integer call() {
    List<Turn> turns = new ArrayList<>();
    StatusRuntimeException shortage = take(turns);
    if (shortage == null || !turns.isEmpty()) {
      print(turns);
    }
    if (shortage != null) {
      throw shortage;
    }
    return ExitCodes.OK;
  }

  private void print(List<Turn> turns) {
    if (remote.json()) {
      turns.forEach(turn -> remote.out().println(TurnView.json(account, turn)));
    } else if (secretOnly) {
      turns.forEach(turn -> remote.out().println(turn.getSecret()));
    } else {
      Table table = new Table("TURN", "TOKEN_ID", "LABEL?", "NOTE?", "SECRET");
      for (Turn turn : turns) {
        table.row(
            TurnView.number(turn),
            turn.getTokenId(),
            turn.getLabel(),
            TurnView.note(turn),
            turn.getSecret());
      }
      table.print(remote.out());
    }
  }

  /**
   * Several answers, as they are short when no more tokens are ready or secrets are long.
   *
   * @return why there are fewer than wanted; those that came are used up and must be printed
   */
  private @Nullable StatusRuntimeException take(List<Turn> turns) {
    TurnOptions options = turn.options(remote);
    try (TokenBrokerClient client = remote.connect()) {
      do {
        turns.addAll(client.nextTokens(account, count - turns.size(), options));
      } while (turns.size() < count);
      return null;
    } catch (StatusRuntimeException e) {
      return e;
    }
  }
}
