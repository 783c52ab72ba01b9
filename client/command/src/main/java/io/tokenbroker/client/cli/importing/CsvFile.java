package io.tokenbroker.client.cli.importing;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Comma-separated values whose first line names the columns. White space around a value does not
 * belong to it; a value in quotes may have line breaks.
 */
final class CsvFile {
  private final SourceText text;
  private final Findings findings;
  private final CSVParser parser;
  private final Iterator<CSVRecord> records;

  private CsvFile(SourceText text, Findings findings) throws IOException {
    this.text = text;
    this.findings = findings;
    this.parser =
        CSVParser.builder()
            .setReader(new StringReader(String.join("\n", text.lines())))
            .setFormat(CSVFormat.DEFAULT)
            .get();
    this.records = parser.iterator();
  }

  static void read(SourceText text, Findings findings) {
    try {
      new CsvFile(text, findings).read();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // there is no I/O
    }
  }

  private void read() {
    int line = nextLine();
    try {
      if (!records.hasNext()) {
        return;
      }
      List<String> header = Header.of(records.next().toList(), "column");
      line = nextLine();
      while (records.hasNext()) {
        row(line, header, records.next().toList());
        line = nextLine();
      }
    } catch (RefusedLine e) {
      findings.giveUp(line, e.why());
    } catch (UncheckedIOException | IllegalStateException e) {
      findings.giveUp(line, "a quote in this row is never closed, or has text before or after it");
    }
  }

  /** Where the next record starts. Must be asked for before the iterator reads ahead. */
  private int nextLine() {
    int line = (int) parser.getCurrentLineNumber() + 1;
    while (line < text.lines().size() && text.lines().get(line - 1).isEmpty()) {
      line++;
    }
    return line;
  }

  private void row(int line, List<String> header, List<String> values) {
    if (values.size() == 1 && values.get(0).isBlank()) {
      return;
    }
    if (values.size() != header.size()) {
      findings.refuse(
          line,
          "has "
              + values.size()
              + " values, but the first line names "
              + header.size()
              + " columns");
      return;
    }
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i < header.size(); i++) {
      fields.put(header.get(i), values.get(i).strip());
    }
    findings.token(line, (int) parser.getCurrentLineNumber(), new TokenFields(fields));
  }
}
