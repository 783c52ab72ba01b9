package io.tokenbroker.server.torture;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * One stream of a holder, whose word is believed: a lease is its holder's until the end that was
 * told, by the clock that the database has too, also after LOST and after the stream's own end.
 */
final class ToldStream implements StreamObserver<StreamLeasesResponse> {
  private final Told told;
  private final int window;
  private final CancellableContext context = Context.current().withCancellation();
  private volatile Status.Code end;

  /** Those that the reader of this stream has, and was not told to be lost. */
  private final Set<String> hand = ConcurrentHashMap.newKeySet();

  /** What a holder was told by all its streams. Thread-safe. */
  static final class Told {
    final String holder;
    private final Ledger ledger;
    private final ConcurrentHashMap<String, Ledger.Hold> holds = new ConcurrentHashMap<>();
    private final Set<String> released = ConcurrentHashMap.newKeySet();

    Told(String holder, Ledger ledger) {
      this.holder = holder;
      this.ledger = ledger;
    }

    /** Until when, by the ticker. */
    private static long until(Timestamp end) {
      Instant now = Instant.now();
      return System.nanoTime()
          + TimeUnit.SECONDS.toNanos(end.getSeconds() - now.getEpochSecond())
          + end.getNanos()
          - now.getNano();
    }

    void hears(Lease lease) {
      Ledger.Hold hold =
          new Ledger.Hold(
              lease.getTokenId(),
              lease.getLeaseId(),
              lease.getFencingNumber(),
              holder,
              until(lease.getExpireTime()));
      // it is not believed again in what it has given back, nor in what comes late
      synchronized (this) {
        if (!released.contains(hold.lease())) {
          holds.merge(hold.lease(), hold, Ledger.Hold::later);
          ledger.holds(hold, false);
        }
      }
    }

    synchronized void gives(Ledger.Hold hold) {
      released.add(hold.lease());
      holds.remove(hold.lease());
      ledger.ends(hold.token(), hold.lease());
    }

    boolean hasGiven(String lease) {
      return released.contains(lease);
    }

    /** Those whose end has not come. */
    List<Ledger.Hold> standing() {
      long now = System.nanoTime();
      holds.values().removeIf(hold -> hold.until() - now <= 0);
      return List.copyOf(holds.values());
    }
  }

  private ToldStream(Told told, int window) {
    this.told = told;
    this.window = window;
  }

  static ToldStream open(
      ManagedChannel broker, String account, Told told, int window, java.time.Duration ttl) {
    ToldStream stream = new ToldStream(told, window);
    StreamLeasesRequest request =
        StreamLeasesRequest.newBuilder()
            .setAccount(account)
            .setHolder(told.holder)
            .setWindow(window)
            .setTtl(Duration.newBuilder().setSeconds(ttl.toSeconds()))
            .build();
    stream.context.run(() -> TokenBrokerGrpc.newStub(broker).streamLeases(request, stream));
    return stream;
  }

  void leave() {
    context.cancel(null);
  }

  /** How it ended; null if it has not. */
  Status.Code end() {
    return end;
  }

  /** The lease is not in the reader's hand any more. */
  void gave(String lease) {
    hand.remove(lease);
  }

  @Override
  public void onNext(StreamLeasesResponse event) {
    switch (event.getEventCase()) {
      case GRANTED -> {
        Lease lease = event.getGranted().getLease();
        told.hears(lease);
        if (!event.getGranted().getKept()) {
          told.ledger.grants.increment();
        }
        hand.add(lease.getLeaseId());
        hand.removeIf(told::hasGiven);
        if (hand.size() > window) {
          told.ledger.violates("beyond its window of " + window + ": " + told.holder);
        }
      }
      case RENEWED -> told.hears(event.getRenewed().getLease());
      case LOST -> {
        hand.remove(event.getLost().getLeaseId());
        told.ledger.lost.increment();
      }
      case REVOKED -> hand.remove(event.getRevoked().getLeaseId());
      case EVENT_NOT_SET -> throw new IllegalStateException("an event of no kind");
    }
  }

  @Override
  public void onError(Throwable error) {
    end = Status.fromThrowable(error).getCode();
    if (end != Status.Code.CANCELLED) {
      Torture.FAILURES.merge("stream " + end, 1L, Long::sum);
    }
  }

  @Override
  public void onCompleted() {
    end = Status.Code.OK;
  }
}
