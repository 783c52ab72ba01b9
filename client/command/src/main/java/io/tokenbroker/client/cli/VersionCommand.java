package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.GetVersionRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What {@code --version} prints, and the same of the broker. */
@Command(
    name = "version",
    description = "Print the version of this command and of the broker.",
    footer = {"", "Without a broker, that of this command, and exit code 5; see also --version."})
final class VersionCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Override
  public Integer call() {
    String own = ManifestVersion.text();
    if (!remote.json()) {
      remote.out().println("tokenbroker " + shown(own));
    }
    try (TokenBrokerClient client = remote.connect()) {
      String broker = client.stub().getVersion(GetVersionRequest.getDefaultInstance()).getVersion();
      remote
          .out()
          .println(
              remote.json()
                  ? new JsonLine().put("version", own).put("broker_version", broker).end()
                  : "broker at " + remote.endpointText() + ": " + Visible.text(shown(broker)));
      return ExitCodes.OK;
    }
  }

  private static String shown(String version) {
    return version.isEmpty() ? "(not from a release)" : version;
  }
}
