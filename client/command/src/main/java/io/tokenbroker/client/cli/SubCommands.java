package io.tokenbroker.client.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;

/**
 * The sub-commands by name. Each takes milliseconds to make, as picocli looks at it by reflection:
 * a command that says first which one it is makes that one alone.
 */
final class SubCommands {
  private static final List<String> ALONE =
      List.of(
          "next",
          "stream",
          "watch",
          "top",
          "report",
          "lease",
          "exec",
          "accounts",
          "tokens",
          "refresh",
          "reload",
          "callers",
          "policy",
          "fleet",
          "tls",
          "bench",
          "version");
  // of all the others
  private static final List<String> TOGETHER = List.of("completion", "help");

  private SubCommands() {}

  /** Whether these arguments begin with a sub-command that works without the others. */
  static boolean oneIsEnough(String... args) {
    return args.length > 0 && ALONE.contains(args[0]);
  }

  /** Adds the one that the arguments begin with if it is enough, and else all. */
  static CommandLine add(CommandLine root, String... args) {
    if (oneIsEnough(args)) {
      return root.addSubcommand(of(args[0]));
    }
    ALONE.forEach(name -> root.addSubcommand(of(name)));
    TOGETHER.forEach(name -> root.addSubcommand(of(name)));
    return root;
  }

  private static Object of(String name) {
    return switch (name) {
      case "next" -> new NextCommand();
      case "stream" -> new StreamCommand();
      case "watch" -> new WatchCommand();
      case "top" -> new TopCommand();
      case "report" -> new ReportCommand();
      case "lease" -> new LeaseCommand();
      case "exec" -> new ExecCommand();
      case "accounts" -> new AccountsCommand();
      case "tokens" -> new TokensCommand();
      case "refresh" -> new RefreshCommand();
      case "reload" -> new ReloadCommand();
      case "callers" -> new CallersCommand();
      case "policy" -> new PolicyCommand();
      case "fleet" -> new FleetCommand();
      case "tls" -> new TlsCommand();
      case "bench" -> new BenchCommand();
      case "version" -> new VersionCommand();
      case "completion" -> new CompletionCommand();
      case "help" -> new HelpCommand();
      default -> throw new IllegalArgumentException(name);
    };
  }
}
