package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.cli.importing.ImportFile;
import io.tokenbroker.client.cli.importing.ImportFormat;
import io.tokenbroker.client.cli.importing.ImportLine;
import io.tokenbroker.client.cli.importing.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds the secrets of a file to an account. */
@Command(
    name = "import",
    description = "Add the tokens of a file to an account. Doing it twice changes nothing.",
    footer = {
      "",
      "lines  one secret a line; blank lines and # comments are skipped",
      "csv    a header with secret (or token), and label, weight, enabled, expire_time if you like",
      "jsonl  one JSON object a line, with the same keys",
      "env    NAME=VALUE; the name becomes the label",
      "",
      "If a line is refused, nothing is imported (exit code 65), unless --skip-invalid."
    })
final class ImportCommand implements Callable<Integer> {
  private static final int MOST_TOLD = 20;

  private static final Pattern FILE_NAME =
      Pattern.compile(
          "\\.env(\\..*)?|.*\\.(txt|csv|json|jsonl|ndjson|env|list|lst|keys|tokens)",
          Pattern.CASE_INSENSITIVE);

  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Who gets the tokens.")
  private String account = "";

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description = "UTF-8; - is standard input.")
  private Path file = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      converter = FormatConverter.class,
      completionCandidates = FormatConverter.class,
      description =
          "auto, lines, csv, jsonl or env. Default: auto, by the file's name or its first line.")
  private ImportFormat format = ImportFormat.AUTO;

  @Option(names = "--skip-invalid", description = "Import the other lines if some are refused.")
  private boolean skipInvalid;

  @Option(
      names = "--drain",
      description = "Add them without turns and leases, until `tokens enable`.")
  private boolean drain;

  @Override
  public Integer call() {
    boolean stdin = file.toString().equals("-");
    String name = stdin ? "" : String.valueOf(file.getFileName());
    ImportFile found = ImportFile.read(stdin ? readStdin() : read(file), name, format);
    tell(found.problems());
    int refused = found.problems().size();
    if (refused > 0 && (!skipInvalid || !found.readable())) {
      throw new CommandFailure(
          ExitCodes.BAD_DATA,
          "nothing was imported: "
              + refused
              + " line(s) refused. Correct them"
              + (found.readable() ? ", or import the others with --skip-invalid" : ""));
    }
    if (found.lines().isEmpty()) {
      throw new CommandFailure(
          ExitCodes.BAD_DATA, "nothing to import: " + (stdin ? "stdin" : name) + " has no secrets");
    }
    try (TokenBrokerClient client = remote.connect()) {
      new Import(client.adminStub(), remote, account)
          .run(
              drain ? found.lines().stream().map(ImportLine::drained).toList() : found.lines(),
              refused);
    }
    return ExitCodes.OK;
  }

  /** All of them for programs, the first few for people. */
  private void tell(List<Problem> problems) {
    int told = remote.json() ? problems.size() : Math.min(problems.size(), MOST_TOLD);
    for (Problem problem : problems.subList(0, told)) {
      remote
          .err()
          .println(
              remote.json()
                  ? new JsonLine().put("line", problem.line()).put("error", problem.why()).end()
                  : Visible.text(problem.toString()));
    }
    if (told < problems.size()) {
      remote.err().println("… and " + (problems.size() - told) + " more");
    }
    remote.err().flush();
  }

  private byte[] readStdin() {
    try {
      return remote.surroundings().in().readAllBytes();
    } catch (IOException e) {
      throw new CommandFailure(ExitCodes.USAGE, "cannot read standard input");
    }
  }

  private byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw remote.usage(
          "there is no file "
              + (isSurelyName(path) ? name() : "of that name (it may be a secret: not repeated)")
              + "; - reads standard input");
    } catch (IOException e) {
      throw remote.usage(
          "cannot read the file "
              + name()
              + ": "
              + (Files.isDirectory(path) ? "it is a directory" : e.getClass().getSimpleName()));
    }
  }

  /** What else is not there may be a secret in place of a file, which no error may hold. */
  private static boolean isSurelyName(Path path) {
    Path parent = path.getParent();
    return FILE_NAME.matcher(String.valueOf(path.getFileName())).matches()
        || (parent != null && parent.getNameCount() > 0 && Files.isDirectory(parent));
  }

  private String name() {
    return "\"" + file + "\"";
  }
}
