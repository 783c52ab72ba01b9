package io.tokenbroker.server;

import io.tokenbroker.client.cli.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** How the process is asked to stop, and how it says that it has. */
interface StopSignal {
  /** Waits until the process is asked to stop. */
  void await() throws InterruptedException;

  /** Whether it has been asked to. */
  boolean isAsked();

  /** Completes when it is asked to; to be waited for together with something else. */
  CompletableFuture<@Nullable Void> asked();

  /**
   * From now on SIGHUP does this, and the process goes on; before, and where standard input is a
   * terminal, which then is gone, it asks to stop.
   */
  default void onHangup(Runnable task) {}

  /** All is closed: the process may end with this code. Only the first call counts. */
  void done(int exitCode);

  /**
   * SIGTERM, SIGINT or SIGHUP. The JVM would end with 143 or the like, and without waiting: this
   * holds it up until {@link #done}, and ends it with the code that was given there.
   *
   * @throws IllegalStateException if the JVM is ending already
   */
  static StopSignal ofProcess() {
    ProcessSignal signal = new ProcessSignal();
    Runtime.getRuntime().addShutdownHook(signal.new Hook());
    return signal;
  }

  /** Has no lambdas: it is made first of all, when the JVM would have to learn how. */
  final class ProcessSignal implements StopSignal {
    private final CompletableFuture<@Nullable Void> asked = new CompletableFuture<>();
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    private ProcessSignal() {}

    @Override
    public void await() throws InterruptedException {
      try {
        asked.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e); // it never fails
      }
    }

    @Override
    public boolean isAsked() {
      return asked.isDone();
    }

    @Override
    public CompletableFuture<@Nullable Void> asked() {
      return asked;
    }

    @Override
    public void onHangup(Runnable task) {
      if (!standardInputIsATerminal()) {
        // for as long as the process lives
        Signals unused = new Signals(List.of("HUP"), name -> task.run());
      }
    }

    /** Linux has a link to ask, elsewhere it counts as none. */
    private static boolean standardInputIsATerminal() {
      try {
        String target = Files.readSymbolicLink(Path.of("/proc/self/fd/0")).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public void done(int code) {
      exitCode.complete(code);
    }

    private final class Hook extends Thread {
      private Hook() {
        super("stop");
      }

      @Override
      public void run() {
        if (!exitCode.isDone()) { // else this is the exit that follows done()
          asked.complete(null);
          Runtime.getRuntime().halt(exitCode.join());
        }
      }
    }
  }
}
