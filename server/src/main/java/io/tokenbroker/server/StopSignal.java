package io.tokenbroker.server;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** How the process is asked to stop, and how it says that it has. */
interface StopSignal {
  /** Waits until the process is asked to stop. */
  void await() throws InterruptedException;

  /** All is closed: the process may end with this code. */
  void done(int exitCode);

  /**
   * SIGTERM, SIGINT or SIGHUP. The JVM would end with 143 or the like, and without waiting: this
   * holds it up until {@link #done}, and ends it with the code that was given there.
   */
  static StopSignal ofProcess() {
    CountDownLatch asked = new CountDownLatch(1);
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (!exitCode.isDone()) { // else this is the exit that follows done()
                    asked.countDown();
                    Runtime.getRuntime().halt(exitCode.join());
                  }
                },
                "stop"));
    return new StopSignal() {
      @Override
      public void await() throws InterruptedException {
        asked.await();
      }

      @Override
      public void done(int code) {
        exitCode.complete(code);
      }
    };
  }
}
