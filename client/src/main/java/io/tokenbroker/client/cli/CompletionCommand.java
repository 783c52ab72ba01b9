package io.tokenbroker.client.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The completion script of the shells. */
@Command(
    name = "completion",
    description = "Print a completion script for bash and zsh.",
    footer = {"", "To use it at once: source <(tokenbroker completion)"})
final class CompletionCommand implements Runnable {
  @Mixin private final Remote remote = new Remote();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    CommandSpec root = Objects.requireNonNull(spec).root();
    remote.out().print(AutoComplete.bash(root.name(), root.commandLine()));
  }
}
