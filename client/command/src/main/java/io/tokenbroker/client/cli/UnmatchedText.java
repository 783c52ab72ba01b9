package io.tokenbroker.client.cli;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with arguments that the command line has no place for. */
final class UnmatchedText {
  private UnmatchedText() {}

  static String of(UnmatchedArgumentException error) {
    List<String> unmatched = error.getUnmatched();
    List<String> options = unmatched.stream().filter(arg -> arg.startsWith("-")).toList();
    CommandLine command = error.getCommandLine();
    if (!options.isEmpty()) {
      return "unknown option "
          + String.join(", ", options)
          + (command.getCommandSpec().userObject() instanceof ExecCommand
              ? "; if it is of the command to run, put -- before that command"
              : "");
    }
    if (!command.getSubcommands().isEmpty()) {
      return "unknown command "
          + quoted(unmatched.get(0))
          + error.getSuggestions().stream()
              .findFirst()
              .map(name -> "; did you mean " + quoted(name) + "?")
              .orElse("");
    }
    return unmatched.size()
        + " argument(s) too many"
        + (command.getCommandSpec().userObject() instanceof ImportCommand
            ? ", not repeated here as they may be secrets"
            : ": "
                + unmatched.stream().map(UnmatchedText::quoted).collect(Collectors.joining(" ")));
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
