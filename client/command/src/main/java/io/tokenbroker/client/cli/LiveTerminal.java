package io.tokenbroker.client.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The terminal while something is drawn on it again and again: on its second screen, with keys that
 * come without Enter. Closing it puts everything back, and so does Ctrl-C.
 */
final class LiveTerminal implements AutoCloseable {
  private static final String ENTER = "\u001b[?1049h\u001b[?25l";
  private static final String LEAVE = "\u001b[?25h\u001b[?1049l";

  private final PrintWriter out;
  private final InputStream in;
  private final String settings;
  private final CountDownLatch quit = new CountDownLatch(1);
  private final Thread restore = new Thread(this::putBack);
  private boolean restored;

  LiveTerminal(PrintWriter out, InputStream in) {
    this.out = out;
    this.in = in;
    this.settings = stty("-g").strip();
    Runtime.getRuntime().addShutdownHook(restore);
    var unused = stty("-icanon -echo min 1");
    out.print(ENTER);
    out.flush();
    Thread keys = new Thread(this::readKeys, "keys");
    keys.setDaemon(true);
    keys.start();
  }

  /** Lines over lines, in one piece: nothing is blank in between. */
  static String frame(List<String> lines) {
    StringBuilder frame = new StringBuilder("\u001b[H");
    for (int i = 0; i < lines.size(); i++) {
      frame.append(lines.get(i)).append("\u001b[K").append(i < lines.size() - 1 ? "\r\n" : "");
    }
    return frame.append("\u001b[J").toString();
  }

  void draw(List<String> lines) {
    out.print(frame(lines));
    out.flush();
  }

  /** Rows and columns; 24 and 80 if they cannot be found out. */
  int[] size() {
    String[] words = stty("size").strip().split(" ", -1);
    try {
      int rows = Integer.parseInt(words[0]);
      int columns = Integer.parseInt(words[1]);
      return rows > 0 && columns > 0 ? new int[] {rows, columns} : new int[] {24, 80};
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return new int[] {24, 80};
    }
  }

  /** Waits; true as soon as q was pressed. */
  boolean quitWithin(Duration time) throws InterruptedException {
    return quit.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    putBack();
    try {
      Runtime.getRuntime().removeShutdownHook(restore);
    } catch (IllegalStateException e) {
      // the process is ending, and the hook has run or will find nothing to do
    }
  }

  private synchronized void putBack() {
    if (!restored) {
      restored = true;
      out.print(LEAVE);
      out.flush();
      var unused = stty(settings);
    }
  }

  private void readKeys() {
    try {
      int key = in.read();
      while (key != -1 && key != 'q' && key != 'Q') {
        key = in.read();
      }
      if (key != -1) {
        quit.countDown();
      }
    } catch (IOException e) {
      // no keys, then; Ctrl-C is left
    }
  }

  /** Empty if there is no stty or no terminal. */
  private static String stty(String arguments) {
    try {
      Process stty =
          new ProcessBuilder("sh", "-c", "stty " + arguments + " 2>/dev/null")
              .redirectInput(Redirect.INHERIT)
              .redirectError(Redirect.INHERIT)
              .start();
      String text = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      stty.waitFor();
      return text;
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
