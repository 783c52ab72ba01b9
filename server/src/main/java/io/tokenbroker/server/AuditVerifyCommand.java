package io.tokenbroker.server;

import io.tokenbroker.server.audit.AuditReader;
import io.tokenbroker.server.audit.AuditReader.Result;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Finds what was changed, left out or moved. */
@Command(
    name = "verify",
    description = {
      "Check that no record was changed, left out or moved.",
      "Of a file, those that were put aside before it are read as well."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all holds together",
      "1:a file cannot be read",
      "2:wrong command line",
      "65:it does not"
    })
final class AuditVerifyCommand implements Callable<Integer> {
  private static final int BROKEN = 65;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "As in audit.file.")
  private List<Path> files = List.of();

  @Option(
      names = "--public-key",
      paramLabel = "FILE",
      description =
          "The key that must have signed, in PEM: a copy of audit.file.key.pub that nobody can"
              + " write to who can write to the log. May be repeated. Without it, the key that the"
              + " log itself names is taken.")
  private @Nullable List<Path> publicKeys;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  @Override
  public Integer call() {
    try {
      return verify();
    } catch (IOException e) {
      return AuditCommand.unreadable(spec, e);
    }
  }

  private int verify() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    AuditReader reader = AuditReader.of(files);
    Result result = reader.verify(publicKeys == null ? List.of() : publicKeys);
    result.notes().forEach(note -> out.println("note: " + note));
    result.problems().forEach(problem -> out.println("BROKEN: " + problem));
    out.printf(
        "%d records; the last is %d, hash %s%n", result.records(), result.last(), result.hash());
    out.println(
        result.signed() == 0
            ? "none is vouched for by a signature"
            : "signed up to record "
                + result.signed()
                + " under "
                + String.join(", ", result.keys()));
    out.flush();
    return result.problems().isEmpty() ? ServeExitCodes.STOPPED : BROKEN;
  }
}
