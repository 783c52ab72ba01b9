package io.tokenbroker.client;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.LeaseGranted;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A supply of leases of one account: up to a window of them is in the caller's hands, and the next
 * comes as one is released. The broker renews them for as long as this lives. Any number of threads
 * may take, release and close at once.
 *
 * <p>When the connection or the broker is lost (UNAVAILABLE, or CANCELLED from outside), or the
 * broker is too busy and says when to try again (RESOURCE_EXHAUSTED with a RetryInfo), this opens a
 * new stream by itself, with the same holder, and keeps its leases; those that were lost in
 * between, and those that could not be renewed in time, are told as lost. Any other error ends
 * this: all leases are then lost. After an end, {@link #take} throws
 *
 * <ul>
 *   <li>{@link StatusRuntimeException}: the broker refused; ABORTED if another stream with the same
 *       holder has taken over;
 *   <li>{@link CancellationException}: this was closed.
 * </ul>
 */
public final class LeaseStream implements AutoCloseable {
  private final TokenBrokerGrpc.TokenBrokerStub stub;
  private final String account;
  private final LeaseStreamOptions options;
  private final Consumer<StreamedLease> onLost;
  private final DelayedExecutor delayed;
  private final LongSupplier ticker;
  private final Backoff backoff;
  private final Consumer<LeaseStream> onEnd;
  private final HeldLeases held = new HeldLeases();
  private final LeaseReturns returns;
  private final AtomicBoolean watching = new AtomicBoolean();
  // keeps the opener's values (tracing) but not its deadline or cancellation
  private final Context.CancellableContext context = Context.current().fork().withCancellation();
  private volatile @Nullable StatusRuntimeException interruption;

  LeaseStream(
      TokenBrokerGrpc.TokenBrokerStub stub,
      String account,
      LeaseStreamOptions options,
      Consumer<StreamedLease> onLost,
      DelayedExecutor delayed,
      LongSupplier ticker,
      DoubleSupplier random,
      Consumer<LeaseStream> onEnd) {
    TokenBrokerGrpc.TokenBrokerStub routed =
        stub.withOption(Routing.ACCOUNT, account).withOption(Routing.SAME_BROKER, new SameBroker());
    this.stub = routed.withExecutor(Runnable::run);
    this.account = account;
    this.options = options;
    this.onLost = onLost;
    this.delayed = delayed;
    this.ticker = ticker;
    this.backoff = new Backoff(random);
    this.returns = new LeaseReturns(routed, delayed, random, held::returned);
    this.onEnd = onEnd;
  }

  /**
   * The next lease, for which this waits up to the timeout; zero or less does not wait. Release it
   * after use.
   *
   * @throws TimeoutException if none came in time; the next take may succeed. Its cause is the
   *     error that the stream is recovering from, if it is
   * @throws InterruptedException if the thread was interrupted while it waited
   * @throws RuntimeException one of the ends above
   */
  public StreamedLease take(Duration timeout) throws InterruptedException, TimeoutException {
    Optional<StreamedLease> lease = held.take(Durations.saturatedNanos(timeout));
    if (lease.isEmpty()) {
      TimeoutException late = new TimeoutException("no lease within " + timeout);
      late.initCause(interruption);
      throw late;
    }
    return lease.get();
  }

  /**
   * Gives back all leases, also those that were taken, and ends the stream: let the workers finish
   * first. Wakes all takers. Does not wait for the broker. May be called twice.
   */
  @Override
  public void close() {
    List<StreamedLease> all =
        held.close(() -> new CancellationException("the stream of leases was closed"));
    returns.close();
    context.cancel(null); // first, or the broker would grant the next ones
    all.forEach(lease -> returns.give(lease.message(), null));
    onEnd.accept(this);
  }

  @Override
  public String toString() {
    return "LeaseStream[" + account + "]";
  }

  /** Opens the next stream; after {@link #close} it comes to nothing, as its context is over. */
  void open() {
    StreamLeasesRequest.Builder request =
        StreamLeasesRequest.newBuilder()
            .setAccount(account)
            .setScope(options.scope())
            .setWindow(options.window())
            .setHolder(options.holder());
    Duration ttl = options.ttl();
    if (ttl != null) {
      request.setTtl(Messages.duration(ttl));
    }
    context.run(() -> stub.streamLeases(request.build(), new Events()));
  }

  void release(StreamedLease lease, @Nullable Report report) {
    if (held.release(lease)) {
      returns.give(lease.message(), report);
    }
  }

  private void heard(StreamLeasesResponse event) {
    backoff.reset();
    interruption = null;
    long now = ticker.getAsLong();
    giveUp(held.expired(now));
    switch (event.getEventCase()) {
      case GRANTED -> tell(granted(event.getGranted(), now));
      case RENEWED -> {
        Lease lease = event.getRenewed().getLease();
        tell(held.renewed(lease, ttl(lease), now));
      }
      case LOST -> tell(held.ended(event.getLost().getLeaseId()));
      case REVOKED -> tell(held.ended(event.getRevoked().getLeaseId()));
      case EVENT_NOT_SET -> {} // of a newer broker
    }
    watch();
  }

  private List<StreamedLease> granted(LeaseGranted granted, long now) {
    Lease lease = granted.getLease();
    if (granted.getKept()) {
      return held.kept(
          lease, ttl(lease), now, () -> new StreamedLease(this, lease, ttl(lease), ticker, now));
    }
    return held.granted(new StreamedLease(this, lease, LeaseTimes.ttl(lease), ticker, now));
  }

  /** Of a lease that may have been renewed, as long as it was asked for. */
  private Duration ttl(Lease lease) {
    Duration asked = options.ttl();
    return asked != null ? asked : LeaseTimes.ttl(lease);
  }

  /** A process that was stopped for a while finds them over, and the broker still renews them. */
  private void giveUp(List<StreamedLease> over) {
    over.forEach(lease -> returns.give(lease.message(), null));
    tell(over.stream().filter(lease -> lease.taken).toList());
  }

  private void tell(List<StreamedLease> lost) {
    lost.forEach(onLost);
  }

  /** One task at a time looks for leases that nobody prolonged, at least every second. */
  private void watch() {
    if (held.firstEnd().isPresent() && watching.compareAndSet(false, true)) {
      long nanos = held.firstEnd().orElse(ticker.getAsLong()) - ticker.getAsLong();
      delayed.run(
          Duration.ofNanos(Math.max(0, Math.min(nanos, 1_000_000_000))),
          () -> {
            watching.set(false);
            giveUp(held.expired(ticker.getAsLong()));
            watch();
          });
    }
  }

  private void streamEnded(@Nullable Throwable error) {
    StreamEnd end = StreamEnd.of(error, context.isCancelled());
    if (end.passes()) {
      held.broken();
      interruption = end.failure();
      delayed.run(end.delay(backoff), this::open);
      return;
    }
    tell(held.end(end::failure));
    returns.close();
    context.cancel(null);
    onEnd.accept(this);
  }

  private final class Events implements StreamObserver<StreamLeasesResponse> {
    @Override
    public void onNext(StreamLeasesResponse event) {
      heard(event);
    }

    @Override
    public void onError(Throwable error) {
      streamEnded(error);
    }

    @Override
    public void onCompleted() {
      streamEnded(null);
    }
  }
}
