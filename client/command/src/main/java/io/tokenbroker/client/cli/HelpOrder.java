package io.tokenbroker.client.cli;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The order in which commands are told of: the most used first, what cannot be undone last. */
final class HelpOrder {
  private static final Map<String, List<String>> ORDER =
      Map.of(
          "tokenbroker",
          List.of(
              "serve",
              "next",
              "stream",
              "report",
              "exec",
              "lease",
              "top",
              "watch",
              "accounts",
              "tokens",
              "refresh",
              "callers",
              "policy",
              "fleet",
              "reload",
              "doctor",
              "backup",
              "restore",
              "tls",
              "bench",
              "keys",
              "audit",
              "completion",
              "version",
              "help"),
          "lease",
          List.of("acquire", "renew", "release", "stream", "list", "revoke"),
          "accounts",
          List.of("list", "show", "lease-policy", "delete"),
          "callers",
          List.of("add", "list", "expire", "revoke"),
          "policy",
          List.of("status", "check"),
          "tokens",
          List.of("list", "import", "set", "limit", "disable", "enable", "reset", "remove"));

  private HelpOrder() {}

  /** For the command and all that it has by now, and its own of later. */
  static void set(CommandLine command) {
    Map<String, IHelpSectionRenderer> sections = new HashMap<>(command.getHelpSectionMap());
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> help.commandList(sorted(help)));
    command.setHelpSectionMap(sections);
  }

  private static Map<String, Help> sorted(Help help) {
    List<String> order = of(help.commandSpec().name());
    Map<String, Help> sorted = new LinkedHashMap<>();
    help.subcommands().entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> place(order, entry.getKey())))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  private static int place(List<String> order, String name) {
    int place = order.indexOf(name);
    return place < 0 ? order.size() : place;
  }

  static List<String> of(String group) {
    return ORDER.getOrDefault(group, List.of());
  }

  /** What is wrong with a group's name alone. */
  static String missing(String group) {
    List<String> names = of(group);
    int last = names.size() - 1;
    return "a command is missing: "
        + String.join(", ", names.subList(0, last))
        + " or "
        + names.get(last);
  }
}
