package io.tokenbroker.client.cli;

import io.tokenbroker.client.TurnOptions;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of what asks for tokens. */
final class TurnFlags {
  @Option(
      names = "--scope",
      paramLabel = "S",
      description = "What the token is for, say a model: tokens that cool for it are passed over.")
  String scope = "";

  @Option(
      names = "--wait",
      description = "While no token is ready, wait for up to --timeout instead of failing.")
  boolean wait;

  TurnOptions options(Remote remote) {
    return new TurnOptions(scope, wait ? remote.timeout() : Duration.ZERO);
  }
}
