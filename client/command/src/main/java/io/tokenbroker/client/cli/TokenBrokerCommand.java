package io.tokenbroker.client.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
      CallersCommand.class,
      PolicyCommand.class,
      FleetCommand.class,
      TlsCommand.class,
      CompletionCommand.class,
      VersionCommand.class,
      HelpCommand.class
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
final class TokenBrokerCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Spec private @Nullable CommandSpec spec;

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

  /** Nobody has said what to do: tells what there is, on stderr, as scripts are not to go on. */
  @Override
  public Integer call() {
    if (options.json()) {
      throw options.usage("a command is missing");
    }
    CommandSpec command = Objects.requireNonNull(spec);
    command.commandLine().usage(command.commandLine().getErr());
    return ExitCodes.USAGE;
  }
}
