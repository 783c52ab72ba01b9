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
   * The command but {@code serve}, which the server adds: with all its sub-commands, or with the
   * one that is {@linkplain #oneIsEnough enough} for these arguments. It writes UTF-8 to the
   * process's stdout and stderr; {@code execute} returns one of {@link ExitCodes} and never throws.
   */
  public static CommandLine commandLine(String... args) {
    return onProcess(root(Surroundings.ofProcess(), args));
  }

  /**
   * Whether these arguments begin with a sub-command that needs none beside it, and is sooner there
   * without them.
   */
  public static boolean oneIsEnough(String... args) {
    return SubCommands.oneIsEnough(args);
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
    System.exit(commandLine(args).execute(args));
  }

  static CommandLine commandLine(
      Surroundings surroundings, BooleanSupplier readerGone, String... args) {
    return set(root(surroundings, args), readerGone);
  }

  private static CommandLine root(Surroundings surroundings, String... args) {
    return SubCommands.add(new CommandLine(new TokenBrokerCommand(surroundings)), args);
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
