package io.tokenbroker.client.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far a long import is. */
interface ImportProgress extends AutoCloseable {
  void step(int tokens);

  @Override
  void close();

  /** A bar on stderr if that is a terminal and there is more than one call; else nothing. */
  static ImportProgress start(Remote remote, int calls, int tokens) {
    return calls > 1 && remote.surroundings().isTerminal().test(2)
        ? new Bar(remote.err(), tokens)
        : new Nothing();
  }

  /** Without a terminal. */
  final class Nothing implements ImportProgress {
    @Override
    public void step(int tokens) {}

    @Override
    public void close() {}
  }

  /** A line that is drawn over and over, from another thread. */
  final class Bar implements ImportProgress {
    private static final int COLUMNS = 78;

    private final ProgressBar bar;
    private final PrintWriter err;

    Bar(PrintWriter err, int tokens) {
      this.err = err;
      this.bar =
          new ProgressBarBuilder()
              .setTaskName("import")
              .setInitialMax(tokens)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .setConsumer(new DelegatingProgressBarConsumer(this::draw, COLUMNS))
              .build();
    }

    @Override
    public void step(int tokens) {
      bar.stepBy(tokens);
    }

    @Override
    public void close() {
      bar.close();
      err.println();
      err.flush();
    }

    private void draw(String line) {
      err.print("\r" + line);
      err.flush();
    }
  }
}
