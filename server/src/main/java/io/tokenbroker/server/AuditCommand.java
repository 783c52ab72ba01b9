package io.tokenbroker.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads the files that {@code serve} writes with {@code audit.file}. */
@Command(
    name = "audit",
    description = "Check the broker's audit log, and ask it who had a token.",
    subcommands = {AuditVerifyCommand.class, AuditWhoCommand.class, HelpCommand.class})
final class AuditCommand implements Runnable {
  private static final int UNREADABLE = 1;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  /** Says so, and returns the exit code. */
  static int unreadable(CommandSpec spec, IOException failure) {
    PrintWriter err = spec.commandLine().getErr();
    String reason =
        failure instanceof NoSuchFileException
            ? failure.getMessage() + " does not exist"
            : String.valueOf(failure.getMessage());
    err.println("tokenbroker: " + reason);
    err.flush();
    return UNREADABLE;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: verify or who");
  }
}
