package io.tokenbroker.server.telemetry;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One scrape at a time, on a thread for that; who asks meanwhile gets the same. Thread-safe. */
public final class Scrapes {
  private static final Logger log = LoggerFactory.getLogger(Scrapes.class);

  private final Executor thread;
  private final Supplier<byte[]> reading;
  private final AtomicReference<@Nullable CompletableFuture<byte[]>> running =
      new AtomicReference<>();

  /**
   * @param reading may take some milliseconds
   */
  public Scrapes(Executor thread, Supplier<byte[]> reading) {
    this.thread = thread;
    this.reading = reading;
  }

  public CompletableFuture<byte[]> text() {
    CompletableFuture<byte[]> fresh = new CompletableFuture<>();
    CompletableFuture<byte[]> before = running.compareAndExchange(null, fresh);
    if (before != null) {
      return before;
    }
    try {
      thread.execute(() -> read(fresh));
    } catch (RejectedExecutionException e) {
      running.set(null);
      fresh.completeExceptionally(e);
    }
    return fresh;
  }

  /** Whatever goes wrong, an Error too, the next one reads again. */
  private void read(CompletableFuture<byte[]> answer) {
    try {
      byte[] text = reading.get();
      running.set(null);
      answer.complete(text);
    } catch (Throwable e) {
      log.atWarn().setCause(e).log("metrics can't be told");
      running.set(null);
      answer.completeExceptionally(e);
    }
  }
}
