package io.tokenbroker.server.torture;

import com.google.protobuf.Timestamp;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.LeaseGranted;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A worker on a stream of leases with a window of two. A lease that it is told of is renewed once
 * by a call, which tells how its end by the database's clock relates to a moment here; the broker's
 * RENEWED then move that end.
 */
final class StreamWorker implements Runnable {
  private static final int WINDOW = 2;

  private final String holder;
  private final String account;
  private final List<ManagedChannel> brokers;
  private final Ledger ledger;
  private final BooleanSupplier over;
  private final Random random;
  private final Map<String, Held> held = new HashMap<>();

  /**
   * @param until when to stop believing, in nanoseconds here
   * @param expires the same moment, or a later one, by the database's clock
   */
  private record Held(Lease lease, long until, long expires) {}

  StreamWorker(
      String holder,
      String account,
      List<ManagedChannel> brokers,
      Ledger ledger,
      BooleanSupplier over,
      long seed) {
    this.holder = holder;
    this.account = account;
    this.brokers = brokers;
    this.ledger = ledger;
    this.over = over;
    this.random = new Random(seed);
  }

  @Override
  public void run() {
    while (!over.getAsBoolean()) {
      ManagedChannel broker = brokers.get(random.nextInt(brokers.size()));
      CancellableContext context = Context.current().withCancellation();
      try {
        context.run(() -> read(broker, random.nextInt(60)));
      } catch (StatusRuntimeException e) {
        Torture.FAILURES.merge("stream " + e.getStatus().getCode(), 1L, Long::sum);
        Worker.pause(50);
      } finally {
        context.cancel(null);
      }
    }
  }

  /** Reads some events, then leaves without a word. */
  private void read(ManagedChannel broker, int events) {
    Iterator<StreamLeasesResponse> stream =
        TokenBrokerGrpc.newBlockingStub(broker)
            .withDeadlineAfter(8, TimeUnit.SECONDS)
            .streamLeases(
                StreamLeasesRequest.newBuilder()
                    .setAccount(account)
                    .setHolder(holder)
                    .setWindow(WINDOW)
                    .setTtl(Torture.ttl())
                    .build());
    for (int i = 0; i < events && stream.hasNext() && !over.getAsBoolean(); i++) {
      take(broker, stream.next());
    }
  }

  private void take(ManagedChannel broker, StreamLeasesResponse event) {
    switch (event.getEventCase()) {
      case GRANTED -> granted(broker, event.getGranted());
      case RENEWED -> renewed(event.getRenewed().getLease());
      case LOST -> {
        // nobody else may have it before the end that was told all the same
        if (held.remove(event.getLost().getLeaseId()) != null) {
          ledger.lost.increment();
        }
      }
      case REVOKED -> throw new IllegalStateException("nobody revokes here");
      case EVENT_NOT_SET -> throw new IllegalStateException("an event of no kind");
    }
    // now and then one is done with its work
    if (random.nextInt(3) == 0 && !held.isEmpty()) {
      release(broker, held.values().iterator().next().lease());
    }
  }

  private void granted(ManagedChannel broker, LeaseGranted event) {
    Lease lease = event.getLease();
    long asked = System.nanoTime();
    Lease renewed =
        TokenBrokerGrpc.newBlockingStub(broker)
            .withDeadlineAfter(1, TimeUnit.SECONDS)
            .renewLease(
                RenewLeaseRequest.newBuilder()
                    .setLeaseId(lease.getLeaseId())
                    .setFencingNumber(lease.getFencingNumber())
                    .build())
            .getLease();
    // one that it gave back in vain comes again as kept
    boolean known = event.getKept() || held.containsKey(lease.getLeaseId());
    believe(new Held(lease, asked + Torture.TTL.toNanos(), nanos(renewed.getExpireTime())), !known);
  }

  private void renewed(Lease lease) {
    Held before = held.get(lease.getLeaseId());
    if (before != null && nanos(lease.getExpireTime()) > before.expires) {
      long later = nanos(lease.getExpireTime()) - before.expires;
      believe(new Held(lease, before.until + later, nanos(lease.getExpireTime())), false);
    }
  }

  private void believe(Held now, boolean granted) {
    held.put(now.lease.getLeaseId(), now);
    ledger.holds(
        new Ledger.Hold(
            now.lease.getTokenId(),
            now.lease.getLeaseId(),
            now.lease.getFencingNumber(),
            holder,
            now.until),
        granted);
  }

  private void release(ManagedChannel broker, Lease lease) {
    held.remove(lease.getLeaseId());
    ledger.ends(lease.getTokenId(), lease.getLeaseId());
    boolean ended =
        TokenBrokerGrpc.newBlockingStub(broker)
            .withDeadlineAfter(2, TimeUnit.SECONDS)
            .releaseLease(
                ReleaseLeaseRequest.newBuilder()
                    .setLeaseId(lease.getLeaseId())
                    .setFencingNumber(lease.getFencingNumber())
                    .build())
            .getAlreadyEnded();
    if (!ended) {
      ledger.releases.increment();
    }
  }

  private static long nanos(Timestamp time) {
    return time.getSeconds() * 1_000_000_000 + time.getNanos();
  }
}
