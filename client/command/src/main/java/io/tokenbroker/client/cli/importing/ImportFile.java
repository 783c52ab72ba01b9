package io.tokenbroker.client.cli.importing;

import java.util.List;
import java.util.Optional;

/**
 * What a file holds.
 *
 * @param lines the tokens in the file's order, with different secrets
 * @param problems the refused lines in the file's order
 * @param readable false if the rest of the file, or all of it, makes no sense: then nothing of it
 *     should be used
 */
public record ImportFile(List<ImportLine> lines, List<Problem> problems, boolean readable) {
  public ImportFile {
    lines = List.copyOf(lines);
    problems = List.copyOf(problems);
  }

  /**
   * Reads a file. Never throws for what is in it.
   *
   * @param name the file's name without its directory, empty for standard input
   */
  public static ImportFile read(byte[] bytes, String name, ImportFormat format) {
    SourceText text = SourceText.decode(bytes);
    Findings findings = new Findings(text);
    Optional<ImportFormat> known =
        format != ImportFormat.AUTO
            ? Optional.of(format)
            : ImportFormat.ofName(name).or(() -> ImportFormat.ofFirstLine(text.firstContentLine()));
    if (known.isEmpty()) {
      findings.giveUp(
          text.firstContentLineNumber(),
          "looks like NAME=VALUE: say --format env, or --format lines if each whole line is a"
              + " secret");
      return findings.result();
    }
    switch (known.get()) {
      case CSV -> CsvFile.read(text, findings);
      case JSONL -> JsonLinesFile.read(text, findings);
      case ENV -> EnvFile.read(text, findings);
      default -> PlainFile.read(text, findings);
    }
    return findings.result();
  }
}
