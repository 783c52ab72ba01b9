package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.RefreshAccountRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes the broker read an account anew. */
@Command(
    name = "refresh",
    description = "Read an account from the database now instead of at the next check.")
final class RefreshCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Which account.")
  private String account = "";

  @Override
  public Integer call() {
    try (TokenBrokerClient client = remote.connect()) {
      AccountView.print(
          remote,
          client
              .adminStub()
              .refreshAccount(RefreshAccountRequest.newBuilder().setAccount(account).build())
              .getAccount());
      return ExitCodes.OK;
    }
  }
}
