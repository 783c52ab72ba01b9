package io.tokenbroker.server;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads the files that {@code serve} writes with {@code audit.file}. */
@Command(
    name = "audit",
    description = "Check the broker's audit log, and ask it who had a token.",
    subcommands = {AuditVerifyCommand.class, AuditWhoCommand.class, HelpCommand.class})
final class AuditCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: verify or who");
  }
}
