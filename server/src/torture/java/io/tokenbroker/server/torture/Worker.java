package io.tokenbroker.server.torture;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One worker: takes leases from either broker, holds, renews and releases them through either, and
 * now and then does what it must not get away with, such as renewing what has ended.
 */
final class Worker implements Runnable {
  private static final Duration TTL = Torture.TTL;

  private final String holder;
  private final String account;
  private final List<ManagedChannel> brokers;
  private final Ledger ledger;
  private final BooleanSupplier over;
  private final Random random;

  Worker(
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
      try {
        work();
      } catch (StatusRuntimeException e) {
        Torture.FAILURES.merge(e.getStatus().getCode().name(), 1L, Long::sum);
        pause(20);
      }
    }
  }

  private TokenBrokerBlockingStub anyBroker() {
    return TokenBrokerGrpc.newBlockingStub(brokers.get(random.nextInt(brokers.size())))
        .withDeadlineAfter(2_000, TimeUnit.MILLISECONDS);
  }

  private void work() {
    long asked = System.nanoTime();
    Lease lease =
        anyBroker()
            .acquireLease(
                AcquireLeaseRequest.newBuilder()
                    .setAccount(account)
                    .setHolder(holder)
                    .setTtl(Torture.ttl())
                    // without wait: of a grant after a long one, the checker believes nothing
                    .build())
            .getLease();
    believe(lease, asked, true);
    int renewals = random.nextInt(4);
    for (int i = 0; i < renewals; i++) {
      pause(random.nextInt((int) TTL.toMillis() / 2));
      if (!renew(lease)) {
        return;
      }
    }
    switch (random.nextInt(10)) {
      case 0 -> {
        // holds it for too long, and tries to have it all the same
        pause((int) TTL.toMillis() + random.nextInt(300));
        if (renew(lease)) {
          release(lease);
        }
      }
      case 1 -> {
        // forgets it
        ledger.ends(lease.getTokenId(), lease.getLeaseId());
      }
      case 2 -> {
        // gives it back twice, the second time when others may have it
        release(lease);
        pause(random.nextInt(200));
        release(lease);
      }
      default -> {
        pause(random.nextInt(60));
        release(lease);
      }
    }
  }

  private void believe(Lease lease, long asked, boolean granted) {
    ledger.holds(
        new Ledger.Hold(
            lease.getTokenId(),
            lease.getLeaseId(),
            lease.getFencingNumber(),
            holder,
            asked + TTL.toNanos()),
        granted);
  }

  private boolean renew(Lease lease) {
    long asked = System.nanoTime();
    try {
      Lease renewed =
          anyBroker()
              .renewLease(
                  RenewLeaseRequest.newBuilder()
                      .setLeaseId(lease.getLeaseId())
                      .setFencingNumber(lease.getFencingNumber())
                      .build())
              .getLease();
      believe(renewed, asked, false);
      return true;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.ABORTED) {
        ledger.ends(lease.getTokenId(), lease.getLeaseId());
        ledger.lost.increment();
        return false;
      }
      throw e;
    }
  }

  private void release(Lease lease) {
    ledger.ends(lease.getTokenId(), lease.getLeaseId());
    boolean ended =
        anyBroker()
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

  /** Holding a lease takes its time. */
  static void pause(int millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
