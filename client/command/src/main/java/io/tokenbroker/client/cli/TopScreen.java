package io.tokenbroker.client.cli;

import io.tokenbroker.v1.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Lays the rows out on a screen: lines no longer than it is wide, no more than it is high. */
final class TopScreen {
  private static final int NUMBERS = 43;
  private static final int SHORTEST_NAME = 12;
  private static final int LONGEST_NAME = 30;

  private TopScreen() {}

  /**
   * @param note the last line, such as which keys there are
   */
  static List<String> lines(
      String title, List<TopRow> rows, String note, Instant now, int width, int height) {
    int name =
        rows.stream()
            .mapToInt(row -> Visible.text(row.state().getAccount()).length())
            .max()
            .orElse(0);
    name = Math.max(SHORTEST_NAME, Math.min(name, Math.min(LONGEST_NAME, width - NUMBERS - 12)));
    List<String> lines = new ArrayList<>();
    lines.add(title);
    lines.add("");
    lines.add(pad("ACCOUNT", name) + " TURNS/S  AVG 10 TOKENS  READY  BENCH  WAIT  BENCHED");
    int room = Math.max(1, height - 5);
    for (TopRow row : rows.subList(0, Math.min(room, rows.size()))) {
      lines.add(
          pad(Visible.text(row.state().getAccount()), name)
              + right(row.known() ? TopRow.number(row.rate()) : "-", 8)
              + right(row.known() ? TopRow.number(row.average()) : "-", 8)
              + right(Integer.toString(row.state().getTokenCount()), 7)
              + right(Integer.toString(row.state().getReadyCount()), 7)
              + right(Integer.toString(row.benched()), 7)
              + right(Integer.toString(row.state().getWaiterCount()), 6)
              + "  "
              + row.why());
    }
    if (rows.size() == 1) {
      tokens(rows.get(0), now, lines, height - 2);
    } else if (rows.size() > room) {
      lines.add("and " + (rows.size() - room) + " more");
    }
    while (lines.size() < height - 1) {
      lines.add("");
    }
    lines.add(note);
    return lines.stream().limit(height).map(line -> cut(line, width)).toList();
  }

  /** An account that is alone has room for its tokens. */
  private static void tokens(TopRow row, Instant now, List<String> lines, int last) {
    lines.add("");
    lines.add("TOKEN_ID      SERVED STRIKES  BACK IN  STATE / LABEL");
    for (Token token : row.state().getTokensList()) {
      if (lines.size() >= last) {
        return;
      }
      lines.add(
          pad(Visible.text(token.getTokenId()), 11)
              + right(Long.toUnsignedString(token.getServed()), 9)
              + right(Integer.toString(token.getStrikes()), 8)
              + right(backIn(token, now), 9)
              + "  "
              + TokenView.state(token)
              + (token.getLabel().isEmpty() ? "" : "  " + Visible.text(token.getLabel())));
    }
  }

  private static String backIn(Token token, Instant now) {
    if (!token.hasReadyTime()) {
      return "-";
    }
    Instant ready =
        Instant.ofEpochSecond(token.getReadyTime().getSeconds(), token.getReadyTime().getNanos());
    long seconds = Math.max(0, Duration.between(now, ready).plusMillis(999).toSeconds());
    return seconds < 600 ? seconds + "s" : Times.wait(Duration.ofSeconds(seconds));
  }

  private static String pad(String text, int width) {
    String cut = cut(text, width);
    return cut + " ".repeat(width - cut.codePointCount(0, cut.length()));
  }

  private static String right(String text, int width) {
    return " ".repeat(Math.max(1, width - text.length())) + text;
  }

  private static String cut(String text, int width) {
    if (text.codePointCount(0, text.length()) <= width) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, Math.max(0, width - 1))) + "…";
  }
}
