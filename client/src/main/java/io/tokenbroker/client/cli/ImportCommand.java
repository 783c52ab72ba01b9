package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.cli.importing.ImportFile;
import io.tokenbroker.client.cli.importing.ImportFormat;
import io.tokenbroker.client.cli.importing.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Who gets the tokens.")
  private String account = "";

  @Parameters(index = "1", paramLabel = "FILE", description = "UTF-8; - is standard input.")
  private String file = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "auto, lines, csv, jsonl or env. Default: auto, by the file's name or its first line.")
  private ImportFormat format = ImportFormat.AUTO;

  @Option(names = "--skip-invalid", description = "Import the other lines if some are refused.")
  private boolean skipInvalid;

  @Override
  public Integer call() {
    Path path = path();
    boolean stdin = file.equals("-");
    String name = stdin ? "" : String.valueOf(path.getFileName());
    ImportFile found = ImportFile.read(stdin ? readStdin() : read(path), name, format);
    found.problems().forEach(this::tell);
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
      new Import(client.adminStub(), remote, account).run(found.lines(), refused);
    }
    return ExitCodes.OK;
  }

  private void tell(Problem problem) {
    remote
        .err()
        .println(
            remote.json()
                ? new JsonLine().put("line", problem.line()).put("error", problem.why()).end()
                : Visible.text(problem.toString()));
  }

  private byte[] readStdin() {
    try {
      return remote.surroundings().in().readAllBytes();
    } catch (IOException e) {
      throw new CommandFailure(ExitCodes.USAGE, "cannot read standard input");
    }
  }

  private Path path() {
    try {
      return Path.of(file);
    } catch (InvalidPathException e) {
      throw remote.usage("FILE is not a path");
    }
  }

  private byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      // not its name: it may be a secret given in place of a file
      throw remote.usage("there is no such file; - reads standard input");
    } catch (IOException e) {
      throw remote.usage(
          "cannot read the file: "
              + (Files.isDirectory(path) ? "it is a directory" : e.getClass().getSimpleName()));
    }
  }
}
