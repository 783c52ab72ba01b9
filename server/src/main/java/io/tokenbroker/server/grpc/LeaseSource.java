package io.tokenbroker.server.grpc;

import io.tokenbroker.server.lease.LeaseEvent;
import io.tokenbroker.server.lease.LeaseStream;
import io.tokenbroker.server.lease.LeaseStreams;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The events of one stream of leases. */
final class LeaseSource implements Source<StreamLeasesResponse> {
  private final AccountId account;
  private final LeaseStreams streams;
  private final Function<Runnable, LeaseStream> opener;

  /** Null until it is open; what it says before is found when it is. */
  private volatile @Nullable LeaseStream stream;

  /** What is said next; only used by who does the work of the stream. */
  private Optional<LeaseEvent> event = Optional.empty();

  LeaseSource(AccountId account, LeaseStreams streams, Function<Runnable, LeaseStream> opener) {
    this.account = account;
    this.streams = streams;
    this.opener = opener;
  }

  @Override
  public void open(Runnable wake) {
    stream = opener.apply(wake);
  }

  @Override
  public AccountId account() {
    return account;
  }

  @Override
  public State state() {
    LeaseStream open = stream;
    if (open == null) {
      return State.IDLE;
    }
    if (event.isEmpty() && open.failure().isEmpty()) {
      event = open.poll();
    }
    return event.isPresent() || open.failure().isPresent() ? State.READY : State.IDLE;
  }

  @Override
  public CompletableFuture<StreamLeasesResponse> next() {
    LeaseStream open = stream;
    CompletableFuture<StreamLeasesResponse> next = new CompletableFuture<>();
    if (event.isPresent()) {
      next.complete(LeaseMapper.event(event.get()));
      event = Optional.empty();
    } else {
      next.completeExceptionally(
          Optional.ofNullable(open)
              .flatMap(LeaseStream::failure)
              .orElseGet(() -> new IllegalStateException("nothing to say")));
    }
    return next;
  }

  @Override
  public void close() {
    LeaseStream open = stream;
    if (open != null) {
      streams.close(open);
    }
  }
}
