package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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
      "In a script: TOKEN=$(tokenbroker next ACCOUNT -q), or --json and a JSON reader."
    })
final class NextCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose token.")
  private String account = "";

  @Option(names = "--count", paramLabel = "N", description = "How many turns, 1 to 1000.")
  private int count = 1;

  @Option(
      names = {"-q", "--secret-only"},
      description = "Print nothing but the secret, as it is; one a line.")
  private boolean secretOnly;

  @Override
  public Integer call() {
    List<Turn> turns = turns();
    if (remote.json()) {
      turns.forEach(turn -> remote.out().println(TurnView.json(account, turn)));
    } else if (secretOnly) {
      turns.forEach(turn -> remote.out().println(turn.getSecret()));
    } else {
      Table table = new Table("TURN", "TOKEN_ID", "LABEL", "SECRET");
      for (Turn turn : turns) {
        table.row(TurnView.number(turn), turn.getTokenId(), turn.getLabel(), turn.getSecret());
      }
      table.print(remote.out());
    }
    return ExitCodes.OK;
  }

  private List<Turn> turns() {
    try (TokenBrokerClient client = remote.connect()) {
      List<Turn> turns = new ArrayList<>(client.nextTokens(account, count));
      while (turns.size() < count) { // long secrets come in several answers
        turns.addAll(client.nextTokens(account, count - turns.size()));
      }
      return turns;
    }
  }
}
