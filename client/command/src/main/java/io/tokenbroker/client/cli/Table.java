package io.tokenbroker.client.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns. The last column is not padded, so the longest one goes there. */
final class Table {
  private static final String NONE = "-";

  private final List<List<String>> rows = new ArrayList<>();
  private final int[] widths;

  /** Which columns are printed: those with a value, and those that are never left out. */
  private final boolean[] shown;

  /**
   * @param header a name that ends with {@code ?} is of a column that is left out when no row has a
   *     value there
   */
  Table(String... header) {
    widths = new int[header.length];
    shown = new boolean[header.length];
    String[] names = new String[header.length];
    for (int i = 0; i < header.length; i++) {
      shown[i] = !header[i].endsWith("?");
      names[i] = shown[i] ? header[i] : header[i].substring(0, header[i].length() - 1);
    }
    add(names);
  }

  /**
   * @param cells empty where there is no value
   */
  void row(String... cells) {
    for (int i = 0; i < cells.length; i++) {
      shown[i] |= !cells[i].isEmpty();
    }
    add(cells);
  }

  private void add(String... cells) {
    List<String> row = new ArrayList<>(cells.length);
    for (int i = 0; i < cells.length; i++) {
      String cell = cells[i].isEmpty() ? NONE : Visible.text(cells[i]);
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
        if (shown[i]) {
          String cell = row.get(i);
          line.append(cell)
              .append(" ".repeat(widths[i] - cell.codePointCount(0, cell.length()) + 2));
        }
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
