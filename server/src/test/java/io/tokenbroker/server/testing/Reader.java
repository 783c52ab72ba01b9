package io.tokenbroker.server.testing;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads a stream one message at a time, when the test asks for it. */
public final class Reader<Q, A> implements ClientResponseObserver<Q, A> {
  private final LinkedBlockingQueue<Event<A>> events = new LinkedBlockingQueue<>();
  private @Nullable ClientCallStreamObserver<Q> call;

  private record Event<A>(@Nullable A message, @Nullable Throwable failure) {}

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> stream) {
    call = stream;
    stream.disableAutoRequestWithInitial(0);
  }

  public ClientCallStreamObserver<Q> call() {
    if (call == null) {
      throw new IllegalStateException("not started");
    }
    return call;
  }

  /** Asks for a message and waits for it. */
  public A next() throws InterruptedException {
    call().request(1);
    Event<A> event = take();
    if (event.message == null) {
      throw new AssertionError("the stream has ended", event.failure);
    }
    return event.message;
  }

  /** Waits for the end, which must be what comes next; empty if it is a good one. */
  public Optional<Throwable> end() throws InterruptedException {
    call().request(1);
    Event<A> event = take();
    if (event.message != null) {
      throw new AssertionError("the stream goes on");
    }
    return Optional.ofNullable(event.failure);
  }

  /** Waits for the end, whatever comes before it. */
  public Optional<Throwable> skipToEnd() throws InterruptedException {
    Event<A> event;
    do {
      call().request(1);
      event = take();
    } while (event.message != null);
    return Optional.ofNullable(event.failure);
  }

  /**
   * Whether something has arrived that nobody asked for, or that {@link #next} did not wait for.
   */
  public boolean hasMore() {
    return !events.isEmpty();
  }

  private Event<A> take() throws InterruptedException {
    Event<A> event = events.poll(20, TimeUnit.SECONDS);
    if (event == null) {
      throw new AssertionError("nothing came within 20 s");
    }
    return event;
  }

  @Override
  public void onNext(A message) {
    events.add(new Event<>(message, null));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new Event<>(null, failure));
  }

  @Override
  public void onCompleted() {
    events.add(new Event<>(null, null));
  }
}
