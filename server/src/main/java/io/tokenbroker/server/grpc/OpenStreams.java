package io.tokenbroker.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The streams that are open, so that a drain can end them. Thread-safe. */
public final class OpenStreams {
  private final Set<OutStream<?>> open = ConcurrentHashMap.newKeySet();
  private final Executor elsewhere;
  private volatile boolean closed;

  /**
   * @param elsewhere a thread for streams that can't go on where they are; neither an event loop
   *     nor one of the store's
   */
  public OpenStreams(Executor elsewhere) {
    this.elsewhere = elsewhere;
  }

  /**
   * Opens a stream.
   *
   * @param source throws a {@link BrokerException} if the request is not valid
   */
  <M> void open(StreamObserver<M> observer, Supplier<Source<M>> source) {
    OutStream<M> stream;
    Permit permit = InboundCall.permit();
    boolean counted = false;
    try {
      if (permit != null) {
        permit.openStream();
        counted = true;
      }
      stream =
          new OutStream<>(
              (ServerCallStreamObserver<M>) observer, source.get(), permit, this::ended, elsewhere);
    } catch (RuntimeException e) {
      if (permit != null && counted) {
        permit.closeStream();
      }
      observer.onError(StatusMapper.of(e));
      return;
    }
    open.add(stream);
    stream.open();
    if (closed) {
      stream.end(BrokerException.shuttingDown());
    }
  }

  private void ended(OutStream<?> stream) {
    open.remove(stream);
    stream.leave();
  }

  /** Ends all streams, also those that will still be opened, with UNAVAILABLE. */
  public void close() {
    closed = true;
    open.forEach(stream -> stream.end(BrokerException.shuttingDown()));
  }

  /**
   * Ends those of some accounts: what was made and not sent is given back by when this returns, but
   * for streams that work at this moment.
   *
   * @param moved why; null for an account whose streams stay
   */
  public void moved(Function<AccountId, @Nullable BrokerException> moved) {
    open.forEach(
        stream -> {
          BrokerException why = moved.apply(stream.account());
          if (why != null) {
            stream.end(why);
          }
        });
  }

  /** Ends those whose callers are known no more, or may no more have what they get. */
  public void recheck() {
    open.forEach(OutStream::recheck);
  }

  /** How many streams are open. */
  public int size() {
    return open.size();
  }
}
