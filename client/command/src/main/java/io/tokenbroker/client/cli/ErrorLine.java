package io.tokenbroker.client.cli;

import io.tokenbroker.client.BrokerErrors;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells every failure as one line on stderr, or as one JSON object with {@code --json}. */
final class ErrorLine implements IExecutionExceptionHandler, IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException error, String[] args) {
    CommandLine command = error.getCommandLine();
    String wrong = usageMessage(error);
    String message =
        wrong
            + (wrong.endsWith("?") ? " See '" : ". See '")
            + command.getCommandSpec().qualifiedName()
            + " --help'";
    return print(command, FailureReport.usage(message), Arrays.asList(args).contains("--json"));
  }

  @Override
  public int handleExecutionException(Exception error, CommandLine command, ParseResult parsed) {
    Remote remote =
        command.getCommandSpec().mixins().values().stream()
            .map(mixin -> mixin.userObject())
            .filter(Remote.class::isInstance)
            .map(Remote.class::cast)
            .findFirst()
            .orElse(null);
    if (remote == null) {
      return print(command, FailureReport.of(error, "", "", ""), false);
    }
    String timeout = remote.timeout().toString().substring(2).toLowerCase(java.util.Locale.ROOT);
    String account = account(command);
    return print(
        command,
        FailureReport.of(told(error, remote, account), account, remote.endpointText(), timeout)
            .with(new TypedNames(command)),
        remote.json());
  }

  /** Of a token that is not there, the broker does not say whether its account is. */
  private static Throwable told(Exception error, Remote remote, String account) {
    boolean noToken = BrokerErrors.reason(error).filter("TOKEN_DOES_NOT_EXIST"::equals).isPresent();
    return noToken && !account.isEmpty()
        ? AccountLookup.missing(remote, account).map(Throwable.class::cast).orElse(error)
        : error;
  }

  private static String account(CommandLine command) {
    return command.getParseResult().matchedPositionals().stream()
        .filter(given -> given.paramLabel().equals("ACCOUNT"))
        .map(given -> String.valueOf(given.<Object>getValue()))
        .findFirst()
        .orElse("");
  }

  private static String usageMessage(ParameterException error) {
    if (error instanceof UnmatchedArgumentException unmatched) {
      return UnmatchedText.of(unmatched);
    }
    String message = String.valueOf(error.getMessage());
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private static int print(CommandLine command, FailureReport report, boolean json) {
    command.getOut().flush();
    command.getErr().println(json ? report.json() : "tokenbroker: " + report.line());
    command.getErr().flush();
    return report.exitCode();
  }
}
