package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.ReloadConfigurationRequest;
import io.tokenbroker.v1.ReloadConfigurationResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Has the broker read its configuration again. */
@Command(
    name = "reload",
    description =
        "Have a broker read its configuration and its policy again, and tell what it heeds from now"
            + " on and what needs a restart. Exit code 6 if anything can't be used.")
final class ReloadCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Override
  public Integer call() {
    try (TokenBrokerClient client = remote.connect()) {
      ReloadConfigurationResponse done =
          client.adminStub().reloadConfiguration(ReloadConfigurationRequest.getDefaultInstance());
      if (remote.json()) {
        remote
            .out()
            .println(
                new JsonLine()
                    .put("heeded_keys", done.getHeededKeysList())
                    .put("restart_keys", done.getRestartKeysList())
                    .put("problems", done.getProblemsList())
                    .end());
      } else {
        print("heeded from now on: ", done.getHeededKeysList());
        print("needs a restart: ", done.getRestartKeysList());
        print("can't be used: ", done.getProblemsList());
        if (done.getHeededKeysCount() + done.getRestartKeysCount() + done.getProblemsCount() == 0) {
          remote.out().println("nothing has changed");
        }
      }
      return done.getProblemsCount() == 0 ? ExitCodes.OK : ExitCodes.REFUSED;
    }
  }

  private void print(String what, List<String> lines) {
    lines.forEach(line -> remote.out().println(what + Visible.text(line)));
  }
}
