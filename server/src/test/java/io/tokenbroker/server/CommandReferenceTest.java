package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.cli.TokenBrokerCli;
import io.tokenbroker.server.testing.Documents;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.UsageMessageSpec;

/** docs/command.md is what {@code --help} prints, of all commands. */
final class CommandReferenceTest {
  private static final String HEAD =
      """
      # Every command

      What `--help` prints, of each: options, arguments, exit codes. `make documents` writes this page from where the commands are
      declared. What they are for, in short: [client.md](client.md#the-command).

      """;

  @Test
  void theCommandsAreWhatHelpPrints() throws IOException {
    Documents.compare("command.md", any -> page());
  }

  private static String page() {
    CommandLine root =
        Main.withOperators(
            TokenBrokerCli.commandLine(),
            () -> {
              throw new AssertionError("nothing is run here");
            });
    StringBuilder index = new StringBuilder();
    StringBuilder commands = new StringBuilder();
    add(root, "", index, commands);
    assertThat(commands).contains("## tokenbroker serve\n").contains("### tokenbroker lease renew");
    return HEAD + index + commands;
  }

  private static void add(
      CommandLine command, String indent, StringBuilder index, StringBuilder commands) {
    String name = command.getCommandSpec().qualifiedName();
    index.append("%s- [%s](#%s)\n".formatted(indent, name, name.replace(' ', '-')));
    commands.append(
        "\n%s %s\n\n```text\n%s```\n"
            .formatted(
                indent.isEmpty() ? "##" : "###",
                name,
                command.getUsageMessage(Help.Ansi.OFF).replaceAll("(?m) +$", "").strip() + "\n"));
    boolean root = command.getParent() == null;
    for (CommandLine sub : inOrder(command)) {
      add(sub, root ? indent : indent + "    ", index, commands);
    }
  }

  /** As the command's own help has them. */
  private static List<CommandLine> inOrder(CommandLine command) {
    String list =
        "\n"
            + command
                .getHelpSectionMap()
                .get(UsageMessageSpec.SECTION_KEY_COMMAND_LIST)
                .render(new Help(command.getCommandSpec(), Help.defaultColorScheme(Help.Ansi.OFF)));
    return command.getSubcommands().values().stream()
        .distinct()
        .filter(sub -> !sub.getCommandSpec().usageMessage().hidden())
        .filter(sub -> command.getParent() == null || !sub.getCommandName().equals("help"))
        .sorted(Comparator.comparingInt(sub -> list.indexOf("\n  " + sub.getCommandName())))
        .toList();
  }
}
