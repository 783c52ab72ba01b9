package io.tokenbroker.client.cli.importing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects what a reader finds. */
final class Findings {
  private static final String NOT_UTF_8 =
      "not valid UTF-8: convert the file, say with iconv -f latin1 -t utf-8";

  private final SourceText text;
  private final List<ImportLine> lines = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, Integer> lineOfSecret = new HashMap<>();
  private boolean readable = true;

  Findings(SourceText text) {
    this.text = text;
  }

  /** A token that stands on the lines from first to last. */
  void token(int first, int last, TokenFields fields) {
    if (text.isMalformed(first, last)) {
      refuse(first, NOT_UTF_8);
      return;
    }
    ImportLine line;
    try {
      line = new ImportLine(first, fields.toToken());
    } catch (RefusedLine e) {
      refuse(first, e.why());
      return;
    }
    Integer earlier = lineOfSecret.putIfAbsent(line.token().getSecret(), first);
    if (earlier != null) {
      refuse(first, "same secret as line " + earlier);
      return;
    }
    lines.add(line);
  }

  void refuse(int line, String why) {
    problems.add(new Problem(line, text.isMalformed(line, line) ? NOT_UTF_8 : why));
  }

  /** The file makes no sense from this line on. */
  void giveUp(int line, String why) {
    refuse(line, why);
    readable = false;
  }

  ImportFile result() {
    return new ImportFile(lines, problems, readable);
  }
}
