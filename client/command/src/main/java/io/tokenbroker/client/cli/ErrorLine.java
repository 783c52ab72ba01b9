package io.tokenbroker.client.cli;

import io.tokenbroker.client.BrokerErrors;
import java.util.Arrays;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells every failure as one line on stderr, or as one JSON object with {@code --json}. */
final class ErrorLine implements IExecutionExceptionHandler, IParameterExceptionHandler {
  // as picocli says it
  private static final Pattern PARAMETER =
      Pattern.compile("positional parameter at index [0-9.]+ \\(([A-Z_]+)\\)");
  private static final Pattern WHOLE_NUMBER = Pattern.compile("'([^']*)' is not an? (?:int|long)$");

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
    String account = account(command);
    String doubt = Doubt.of(error, remote.lastCall(), account);
    return print(
        command,
        FailureReport.of(
                told(error, remote, account),
                account,
                remote.endpointText(),
                Times.text(remote.timeout()))
            .with(new TypedNames(command))
            .and(doubt),
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
    String message =
        WHOLE_NUMBER
            .matcher(PARAMETER.matcher(String.valueOf(error.getMessage())).replaceFirst("$1"))
            .replaceFirst("'$1' is not a whole number, or too large");
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private static int print(CommandLine command, FailureReport report, boolean json) {
    command.getOut().flush();
    command.getErr().println(json ? report.json() : "tokenbroker: " + report.line());
    command.getErr().flush();
    return report.exitCode();
  }
}
