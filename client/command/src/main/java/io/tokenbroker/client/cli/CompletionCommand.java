package io.tokenbroker.client.cli;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The completion script of the shells. */
@Command(
    name = "completion",
    description = "Print a completion script for bash, zsh or fish.",
    footer = {
      "",
      "To use it at once: source <(tokenbroker completion)",
      "In fish:           tokenbroker completion fish | source"
    })
final class CompletionCommand implements Runnable {
  private static final Pattern BEGINNING = Pattern.compile("\\A(#[^\n]*\n)+");
  private static final String HEADER =
      """
      # Completion of tokenbroker for bash and zsh. In a shell, or its start-up file:
      #   source <(tokenbroker completion)
      """;

  /** Which shell; zsh runs bash's script. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  @Mixin private final Remote remote = new Remote();

  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      description = "${COMPLETION-CANDIDATES}. Default: bash, which is for zsh, too.")
  private Shell shell = Shell.bash;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    CommandSpec root = Objects.requireNonNull(spec).root();
    remote
        .out()
        .print(
            shell == Shell.fish
                ? FishCompletion.of(root)
                : HEADER + script(AutoComplete.bash(root.name(), root.commandLine())));
  }

  /**
   * Without picocli's header, which tells of another way to install it, and with words that are
   * compared as a whole: an account t or a token s would be taken for a part of an option.
   */
  private static String script(String generated) {
    return BEGINNING
        .matcher(generated)
        .replaceFirst("")
        .replace(
            "if [[ \"${optionsWithArgs}\" =~ ${previousWord} ]]; then",
            // bash makes three words of host:port
            """
            if [ "${previousWord}" = ":" ]; then
                  ((result-=2))
                elif [[ " ${optionsWithArgs} " == *" '${previousWord}' "* ]]; then""")
        .replace(
            "elif [[ \"${booleanOptions}\" =~ ${previousWord} ]]; then",
            "elif [[ \" ${booleanOptions} \" == *\" '${previousWord}' \"* ]]; then");
  }
}
