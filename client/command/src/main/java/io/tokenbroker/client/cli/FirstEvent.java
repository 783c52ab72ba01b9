package io.tokenbroker.client.cli;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** A stream of events whose first one may be waited for with a limit. Closing it cancels it. */
final class FirstEvent<T> implements Iterator<T>, AutoCloseable {
  private final Context.CancellableContext context = Context.current().withCancellation();
  private final Iterator<T> events;

  /**
   * @param open opens the stream in the context of the thread
   */
  FirstEvent(Supplier<Iterator<T>> open) {
    Context previous = context.attach();
    try {
      events = open.get();
    } finally {
      context.detach(previous);
    }
  }

  /**
   * Whether there was an event, or the end, in time. To be called before all else.
   *
   * @throws StatusRuntimeException if the stream has failed
   */
  boolean came(Duration timeout) throws InterruptedException {
    CompletableFuture<Boolean> first = new CompletableFuture<>();
    // not a pool's: a thread of the same pool that waits would run it itself
    Thread thread = new Thread(() -> complete(first), "first event");
    thread.setDaemon(true);
    thread.start();
    try {
      var unused = first.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StatusRuntimeException failed) {
        throw failed;
      }
      throw new IllegalStateException(e);
    }
  }

  private void complete(CompletableFuture<Boolean> first) {
    try {
      first.complete(events.hasNext());
    } catch (RuntimeException e) {
      first.completeExceptionally(e);
    }
  }

  @Override
  public boolean hasNext() {
    return events.hasNext();
  }

  @Override
  public T next() {
    return events.next();
  }

  @Override
  public void close() {
    context.close();
  }
}
