package io.tokenbroker.server.torture;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A holder that comes back all the time, through either broker: with a larger or a smaller window,
 * while its earlier stream lives or just after it was cut off, often before its grants were
 * answered. It also renews and releases by calls what its streams have told it of.
 */
final class TakeOverWorker implements Runnable {
  /** Longer than a fault, so that there is something to take over. */
  static final java.time.Duration TTL = java.time.Duration.ofSeconds(3);

  /** So long that a broker looks at what others did before it renews. */
  private static final java.time.Duration LONG_TTL = java.time.Duration.ofSeconds(18);

  private static final int MAX_WINDOW = 4;

  private final String account;
  private final List<ManagedChannel> brokers;
  private final Ledger ledger;
  private final BooleanSupplier over;
  private final Random random;
  private final ToldStream.Told told;
  private final Deque<ToldStream> streams = new ArrayDeque<>();

  TakeOverWorker(
      String holder,
      String account,
      List<ManagedChannel> brokers,
      Ledger ledger,
      BooleanSupplier over,
      long seed) {
    this.account = account;
    this.brokers = brokers;
    this.ledger = ledger;
    this.over = over;
    this.random = new Random(seed);
    this.told = new ToldStream.Told(holder, ledger);
  }

  @Override
  public void run() {
    while (!over.getAsBoolean()) {
      try {
        step();
      } catch (StatusRuntimeException e) {
        Torture.FAILURES.merge("holder " + e.getStatus().getCode(), 1L, Long::sum);
      }
    }
    streams.forEach(ToldStream::leave);
  }

  private void step() {
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        open();
        Worker.pause(random.nextInt(40));
      }
      case 2 -> {
        open();
        Worker.pause(random.nextInt(600));
      }
      case 3 -> {
        if (!streams.isEmpty()) {
          streams.removeLast().leave();
        }
      }
      case 4, 5 -> any().ifPresent(this::renew);
      case 6 -> any().ifPresent(this::release);
      default -> Worker.pause(random.nextInt(400));
    }
  }

  /** The one before is left open, the one before that is not. */
  private void open() {
    streams.addLast(
        ToldStream.open(
            brokers.get(random.nextInt(brokers.size())),
            account,
            told,
            1 + random.nextInt(MAX_WINDOW),
            random.nextInt(4) == 0 ? LONG_TTL : TTL));
    while (streams.size() > 2) {
      streams.removeFirst().leave();
    }
  }

  private Optional<Ledger.Hold> any() {
    List<Ledger.Hold> standing = told.standing();
    return standing.isEmpty()
        ? Optional.empty()
        : Optional.of(standing.get(random.nextInt(standing.size())));
  }

  private TokenBrokerBlockingStub anyBroker() {
    return TokenBrokerGrpc.newBlockingStub(brokers.get(random.nextInt(brokers.size())))
        .withDeadlineAfter(2, TimeUnit.SECONDS);
  }

  private void renew(Ledger.Hold hold) {
    RenewLeaseRequest.Builder request =
        RenewLeaseRequest.newBuilder().setLeaseId(hold.lease()).setFencingNumber(hold.fence());
    if (random.nextBoolean()) {
      request.setTtl(Duration.newBuilder().setSeconds(2 * TTL.toSeconds()));
    }
    try {
      told.hears(anyBroker().renewLease(request.build()).getLease());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.ABORTED && hold.until() - System.nanoTime() > 0) {
        ledger.violates("ended behind its holder's back: " + hold);
      }
      throw e;
    }
  }

  private void release(Ledger.Hold hold) {
    told.gives(hold);
    streams.forEach(stream -> stream.gave(hold.lease()));
    boolean ended =
        anyBroker()
            .releaseLease(
                ReleaseLeaseRequest.newBuilder()
                    .setLeaseId(hold.lease())
                    .setFencingNumber(hold.fence())
                    .build())
            .getAlreadyEnded();
    if (!ended) {
      ledger.releases.increment();
    }
  }
}
