package io.tokenbroker.client.cli;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.BrokerErrors;
import io.tokenbroker.client.cli.importing.ImportLine;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResult;
import io.tokenbroker.v1.TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends the lines in calls that the broker takes, and counts what became of them. */
final class Import {
  private static final Pattern ELEMENT = Pattern.compile("tokens\\[([0-9]{1,4})].*");

  private final TokenBrokerAdminBlockingStub stub;
  private final Remote remote;
  private final String account;
  private int added;
  private int alreadyThere;

  Import(TokenBrokerAdminBlockingStub stub, Remote remote, String account) {
    this.stub = stub;
    this.remote = remote;
    this.account = account;
  }

  /**
   * Imports all lines and prints the sum.
   *
   * @param refused how many lines are not among them
   */
  void run(List<ImportLine> lines, int refused) {
    List<List<ImportLine>> calls = ImportCalls.split(lines);
    try (ImportProgress progress = ImportProgress.start(remote, calls.size(), lines.size())) {
      for (List<ImportLine> call : calls) {
        send(call);
        progress.step(call.size());
      }
    } catch (StatusRuntimeException | CommandFailure e) {
      if (added + alreadyThere > 0) {
        tellWhatIsDone();
      }
      throw e;
    }
    remote
        .out()
        .println(
            remote.json()
                ? sums().put("refused", refused).end()
                : text() + (refused == 0 ? "" : ", refused " + refused));
  }

  private void send(List<ImportLine> call) {
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    call.forEach(line -> request.addTokens(line.token()));
    try {
      for (AddTokensResult result : stub.addTokens(request.build()).getResultsList()) {
        if (result.getAlreadyExisted()) {
          alreadyThere++;
        } else {
          added++;
        }
      }
    } catch (StatusRuntimeException e) {
      Matcher element = ELEMENT.matcher(BrokerErrors.field(e).orElse(""));
      if (element.matches() && Integer.parseInt(element.group(1)) < call.size()) {
        int line = call.get(Integer.parseInt(element.group(1))).line();
        throw new CommandFailure(
            ExitCodes.BAD_DATA, "line " + line + ": " + e.getStatus().getDescription());
      }
      throw e;
    }
  }

  private void tellWhatIsDone() {
    remote
        .err()
        .println(
            remote.json()
                ? sums().put("complete", false).end()
                : "tokenbroker: "
                    + text()
                    + " before it failed; the same command again does the rest");
  }

  private String text() {
    return "added " + added + ", already there " + alreadyThere;
  }

  private JsonLine sums() {
    return new JsonLine()
        .put("account", account)
        .put("added", added)
        .put("already_there", alreadyThere);
  }
}
