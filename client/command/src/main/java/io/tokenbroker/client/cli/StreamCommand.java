package io.tokenbroker.client.cli;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.StreamOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.TokenSequence;
import io.tokenbroker.v1.Turn;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Turns for as long as somebody reads them. */
@Command(
    name = "stream",
    description = "Print the turns of an account, one after the other, until Ctrl-C.",
    footer = {
      "",
      "Without --json, a line is: turn, token id, label, secret, with tabs between, and"
          + " probation if the token is on it; with -q, the secret alone.",
      "Turns are asked for in portions, as they are printed. A reader that leaves, as head does,"
          + " loses those that were on their way: --limit loses none.",
      "It ends with exit code 4 when no token was ready for --timeout, and with 5 when the broker"
          + " was lost for as long."
    })
final class StreamCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose tokens.")
  private String account = "";

  @Option(names = "--limit", paramLabel = "N", description = "Stop after N turns. 0: never.")
  private long limit;

  @Option(
      names = {"-q", "--secret-only"},
      description = "Print nothing but the secret, as it is; one a line.")
  private boolean secretOnly;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Turns asked for ahead of what is printed, 1 to 1000. Default: 20.")
  private int batchSize = 20;

  @Option(
      names = "--scope",
      paramLabel = "S",
      description = "What the tokens are for, say a model: those that cool for it are passed over.")
  private String scope = "";

  @Option(
      names = "--wait",
      description = "While no token is ready, wait for as long as it takes instead of --timeout.")
  private boolean wait;

  @Override
  public Integer call() throws InterruptedException {
    if (limit < 0) {
      throw remote.usage("--limit must not be negative, is " + limit);
    }
    if (batchSize < 1 || batchSize > 1000) {
      throw remote.usage("--batch-size must be from 1 to 1000, is " + batchSize);
    }
    StreamOptions options =
        StreamOptions.DEFAULT
            .withLimit(limit)
            .withBatchSize(batchSize)
            .withBufferSize(Math.max(1, batchSize))
            .withScope(scope);
    try (TokenBrokerClient client = remote.connect();
        TokenSequence sequence = client.stream(account, options)) {
      do {
        print(take(client, sequence));
        printWhatIsHere(sequence);
      } while (!remote.out().checkError()); // flushes; an error is a reader that went away
      return ExitCodes.OK;
    } catch (NoSuchElementException e) {
      return ExitCodes.OK; // the limit
    }
  }

  private Turn take(TokenBrokerClient client, TokenSequence sequence) throws InterruptedException {
    while (true) {
      try {
        return sequence.take(remote.timeout());
      } catch (TimeoutException e) {
        if (e.getCause() instanceof StatusRuntimeException lost) {
          throw lost;
        }
        if (!wait) {
          throw NothingCame.within(remote, client, account, "turn");
        }
      }
    }
  }

  private void printWhatIsHere(TokenSequence sequence) {
    for (int i = 0; i < batchSize; i++) {
      Optional<Turn> turn = sequence.poll();
      if (turn.isEmpty()) {
        return;
      }
      print(turn.get());
    }
  }

  private void print(Turn turn) {
    remote.out().println(line(turn));
  }

  private String line(Turn turn) {
    if (remote.json()) {
      return TurnView.json(account, turn);
    }
    return secretOnly ? turn.getSecret() : TurnView.tabbed(turn);
  }
}
