package io.tokenbroker.client.cli;

import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * Runs the command, and does not call it done before its output is out. A reader that has gone, as
 * head does, has what it wants.
 */
final class FlushedRun implements IExecutionStrategy {
  private final RunLast run = new RunLast();
  private final BooleanSupplier readerGone;

  FlushedRun(BooleanSupplier readerGone) {
    this.readerGone = readerGone;
  }

  @Override
  public int execute(ParseResult parsed) {
    refuseGarbled(parsed);
    int exitCode = run.execute(parsed);
    CommandLine commandLine = parsed.commandSpec().commandLine();
    commandLine.getErr().flush();
    boolean lost = commandLine.getOut().checkError() && !readerGone.getAsBoolean();
    if (lost && exitCode == ExitCodes.OK) {
      commandLine
          .getErr()
          .println("tokenbroker: cannot write to standard output: is the disk full?");
      commandLine.getErr().flush();
      return ExitCodes.UNEXPECTED;
    }
    return exitCode;
  }

  /** Java makes this character of bytes that are no text by the locale; nobody types it. */
  private static void refuseGarbled(ParseResult parsed) {
    if (parsed.originalArgs().stream().anyMatch(argument -> argument.indexOf('\uFFFD') >= 0)) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(),
          "an argument is not text in the locale's character set: set LC_ALL=C.UTF-8, or another"
              + " UTF-8 locale, and give it in UTF-8");
    }
  }
}
