package io.tokenbroker.client.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Where the command line begins. */
public final class TokenBrokerCli {
  private TokenBrokerCli() {}

  /**
   * The whole command but {@code serve}, which the server adds. It writes UTF-8 to the process's
   * stdout and stderr; {@code execute} returns one of {@link ExitCodes} and never throws.
   */
  public static CommandLine commandLine() {
    return onProcess(new CommandLine(new TokenBrokerCommand(Surroundings.ofProcess())));
  }

  /**
   * The command without any of its sub-commands: a daemon that does not make them all starts a
   * quarter sooner.
   */
  public static CommandLine bare() {
    return onProcess(new CommandLine(CommandSpec.create().name("tokenbroker")));
  }

  private static CommandLine onProcess(CommandLine commandLine) {
    PipedOutput out = new PipedOutput(new FileOutputStream(FileDescriptor.out));
    return set(commandLine, out::isReaderGone)
        .setOut(utf8(out))
        .setErr(utf8(new FileOutputStream(FileDescriptor.err)));
  }

  /** Runs the command without {@code serve}. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine(Surroundings surroundings, BooleanSupplier readerGone) {
    return set(new CommandLine(new TokenBrokerCommand(surroundings)), readerGone);
  }

  private static CommandLine set(CommandLine commandLine, BooleanSupplier readerGone) {
    ErrorLine errors = new ErrorLine();
    HelpOrder.set(commandLine);
    return commandLine
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors)
        .setExecutionStrategy(new FlushedRun(readerGone))
        .setUsageHelpAutoWidth(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setExpandAtFiles(false); // @file may be meant for the command of exec
  }

  // The locale of a service or container is often C, which would turn letters into '?'.
  private static PrintWriter utf8(OutputStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), false);
  }
}
