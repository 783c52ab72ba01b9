package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.ReportOutcomeResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells the broker what an upstream answered. */
@Command(
    name = "report",
    description = "Tell the broker what the upstream answered to a token.",
    footer = {
      "",
      "In a script: tokenbroker report github 7 rate-limited --turn 42 --retry-after 6s"
    })
final class ReportCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Mixin private final WhenAgain again = new WhenAgain();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose token.")
  private String account = "";

  @Parameters(index = "1", paramLabel = "TOKEN_ID", description = "Which token was used.")
  private String id = "";

  @Parameters(
      index = "2",
      paramLabel = "OUTCOME",
      converter = OutcomeConverter.class,
      completionCandidates = OutcomeConverter.class,
      description = "One of: ${COMPLETION-CANDIDATES}.")
  private Outcome outcome = Outcome.OUTCOME_UNSPECIFIED;

  @Option(
      names = "--turn",
      paramLabel = "N",
      description = "The turn, so that a second report of it changes nothing. Default: unknown.")
  private long turn;

  @Option(names = "--scope", paramLabel = "S", description = "What the token was used for.")
  private String scope = "";

  @Override
  public Integer call() {
    if (turn < 0) {
      throw remote.usage("--turn must not be negative, is " + turn);
    }
    ReportOutcomeRequest request =
        ReportOutcomeRequest.newBuilder()
            .setAccount(account)
            .setTokenId(id)
            .setTurn(turn)
            .setScope(scope)
            .setReport(again.report(outcome))
            .build();
    try (TokenBrokerClient client = remote.connect()) {
      print(client.stub().reportOutcome(request));
      return ExitCodes.OK;
    }
  }

  private void print(ReportOutcomeResponse response) {
    if (remote.json()) {
      remote
          .out()
          .println(
              TokenView.json(account, response.getToken())
                  .put("duplicate", response.getDuplicate())
                  .end());
    } else if (response.getDuplicate()) {
      remote.out().println("turn " + turn + " was reported before: nothing has changed");
    } else {
      TokenView.printChanged(remote, account, response.getToken());
    }
  }
}
