package io.tokenbroker.server;

import io.tokenbroker.server.audit.AuditReader;
import io.tokenbroker.server.audit.AuditReader.HandOut;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells who was handed a token. */
@Command(
    name = "who",
    description = {
      "Tell who was handed a token: in a turn, or about a time.",
      "Prints kind, token, turn, caller, address, scope or -, since, until, and the record's number,"
          + " with tabs between them."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:somebody", "1:a file cannot be read", "2:wrong command line", "3:nobody"})
final class AuditWhoCommand implements Callable<Integer> {
  private static final int NOBODY = 3;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose token.")
  private String account = "";

  @Parameters(
      index = "1",
      paramLabel = "TURN|TOKEN",
      description = "The number of a turn, or, with --at, the id of a token.")
  private String wanted = "";

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "About when, such as 2026-11-26T09:00:00Z.")
  private @Nullable String at;

  @Option(
      names = "--within",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long before that a turn may have been handed out. Default 60.")
  private long within;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      required = true,
      description =
          "As in audit.file; those that were put aside before it are read as well. May be repeated,"
              + " for several brokers.")
  private List<Path> files = List.of();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  @Override
  public Integer call() {
    try {
      return search();
    } catch (IOException e) {
      return AuditCommand.unreadable(spec, e);
    }
  }

  private int search() throws IOException {
    Optional<Instant> time = time();
    if (time.isEmpty() && !wanted.matches("[1-9][0-9]{0,17}")) {
      throw wrong("the id of a token needs --at TIME");
    }
    if (within < 0) {
      throw wrong("--within must not be negative");
    }
    PrintWriter out = spec.commandLine().getOut();
    List<HandOut> found = new ArrayList<>();
    AuditReader.of(files).who(account, wanted, time, Duration.ofSeconds(within), found::add);
    found.forEach(one -> out.println(String.join("\t", one.columns())));
    out.flush();
    return found.isEmpty() ? NOBODY : ServeExitCodes.STOPPED;
  }

  private Optional<Instant> time() {
    try {
      return Optional.ofNullable(at).map(Instant::parse);
    } catch (DateTimeException e) {
      throw wrong("--at must be a time such as 2026-11-26T09:00:00Z");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
