package io.tokenbroker.client.cli.importing;

/** One secret per line, without the white space around it. */
final class PlainFile {
  private PlainFile() {}

  static void read(SourceText text, Findings findings) {
    int number = 0;
    for (String line : text.lines()) {
      number++;
      if (SourceText.isContent(line)) {
        findings.token(number, number, TokenFields.ofSecret(line.strip()));
      }
    }
  }
}
