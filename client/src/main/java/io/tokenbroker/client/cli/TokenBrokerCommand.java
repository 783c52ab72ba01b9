package io.tokenbroker.client.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The root command. Which of its sub-commands is meant must be said. */
@Command(
    name = "tokenbroker",
    description = "Hands out the API tokens of an account, evenly, one turn after the other.",
    versionProvider = ManifestVersion.class,
    subcommands = {
      NextCommand.class,
      StreamCommand.class,
      WatchCommand.class,
      TopCommand.class,
      ReportCommand.class,
      LeaseCommand.class,
      ExecCommand.class,
      AccountsCommand.class,
      TokensCommand.class,
      RefreshCommand.class,
      CompletionCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:something unexpected",
      "2:wrong command line or argument",
      "3:no such account or token",
      "4:the account has no token ready",
      "5:broker or its database unreachable, stopping, or too slow; worth another try",
      "6:refused by the broker, or not confirmed",
      "7:the lease is lost: stop using the token",
      "65:data to import refused"
    })
final class TokenBrokerCommand implements Runnable {
  private final Surroundings surroundings;

  @Mixin private final Remote options = new Remote();

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  boolean version;

  TokenBrokerCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  Remote options() {
    return options;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  @Override
  public void run() {
    throw options.usage("a command is missing");
  }
}
