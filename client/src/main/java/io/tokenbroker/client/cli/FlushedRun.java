package io.tokenbroker.client.cli;

import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionStrategy;
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
}
