package io.tokenbroker.client.cli.bench;

import java.util.List;
import java.util.Locale;

/** Draws percentiles of times: each step to the right is ten times fewer calls. */
public final class LatencyPlot {
  private static final List<Double> MARKS = List.of(0.0, 90.0, 99.0, 99.9, 99.99, 99.999);
  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;
  private static final int LEFT = 80;
  private static final int TOP = 50;
  private static final int BETWEEN = 150;
  private static final int BOTTOM = 350;
  private static final int LINES = 5;
  private static final int STEPS = 40;

  private LatencyPlot() {}

  /**
   * @param title without markup
   * @return an SVG document
   */
  public static String svg(String title, Measured measured) {
    // to the mark beyond which there is no call
    int last = 1;
    while (last < MARKS.size() - 1 && measured.answered() >= Math.pow(10, last + 1)) {
      last++;
    }
    double top = Math.max(0.001, measured.millis(MARKS.get(last)));
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">
        <rect width="100%%" height="100%%" fill="white"/>
        <text x="%d" y="28" font-size="16">%s</text>
        """
            .formatted(WIDTH, HEIGHT, LEFT, escaped(title)));
    for (int i = 0; i <= LINES; i++) {
      int y = BOTTOM - (BOTTOM - TOP) * i / LINES;
      line(svg, LEFT, y, LEFT + BETWEEN * last, y);
      text(svg, LEFT - 8, y + 4, "end", number(top * i / LINES) + " ms");
    }
    for (int i = 0; i <= last; i++) {
      int x = LEFT + BETWEEN * i;
      line(svg, x, TOP, x, BOTTOM);
      text(svg, x, BOTTOM + 20, "middle", number(MARKS.get(i)) + " %");
    }
    text(svg, LEFT, BOTTOM + 45, "start", "of all answers had come by then");
    svg.append("<polyline fill=\"none\" stroke=\"#2060c0\" stroke-width=\"2\" points=\"");
    for (int i = 0; i <= last * STEPS; i++) {
      double right = (double) i / STEPS;
      double percentile = 100 - Math.pow(10, 2 - right);
      double y = BOTTOM - (BOTTOM - TOP) * Math.min(1, measured.millis(percentile) / top);
      svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", LEFT + BETWEEN * right, y));
    }
    return svg.append("\"/>\n</svg>\n").toString();
  }

  private static void line(StringBuilder svg, int x1, int y1, int x2, int y2) {
    svg.append(
        "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#ccc\"/>\n"
            .formatted(x1, y1, x2, y2));
  }

  private static void text(StringBuilder svg, int x, int y, String anchor, String text) {
    svg.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n".formatted(x, y, anchor, text));
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.replaceFirst("\\.?0+$", "");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
