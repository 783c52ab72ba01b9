package io.tokenbroker.client.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns. The last column is not padded, so the longest one goes there. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();
  private final int[] widths;

  Table(String... header) {
    widths = new int[header.length];
    row(header);
  }

  void row(String... cells) {
    List<String> row = new ArrayList<>(cells.length);
    for (int i = 0; i < cells.length; i++) {
      String cell = Visible.text(cells[i]);
      row.add(cell);
      widths[i] = Math.max(widths[i], cell.codePointCount(0, cell.length()));
    }
    rows.add(row);
  }

  void print(PrintWriter out) {
    StringBuilder line = new StringBuilder();
    for (List<String> row : rows) {
      line.setLength(0);
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        line.append(cell);
        if (i < row.size() - 1) {
          line.append(" ".repeat(widths[i] - cell.codePointCount(0, cell.length()) + 2));
        }
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
