package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenLeaseTest {
  private static final LeaseOptions OPTIONS = LeaseOptions.of("batch-7");

  private final FakeBroker broker = FakeBroker.inProcess();
  private final TokenBrokerClient client =
      TokenBrokerClient.over(broker.channel(), Duration.ofSeconds(10));
  private final ManualTime time = new ManualTime();
  private final List<TokenLease> lost = new ArrayList<>();

  @AfterEach
  void close() {
    client.close();
    broker.close();
  }

  @Test
  void holdsATokenUntilItIsClosed() {
    try (TokenLease lease =
        client.acquireLease("a", OPTIONS.withScope("gpt-9").withTtl(Duration.ofSeconds(60)))) {
      assertThat(lease.secret()).isEqualTo("made-up-1");
      assertThat(lease.isHeld()).isTrue();
      assertThat(lease.toString()).doesNotContain("made-up");
      assertThat(broker.leases.standing()).hasSize(1);
    }
    assertThat(broker.leases.standing()).isEmpty();
    assertThat(broker.leases.acquired)
        .containsExactly(
            AcquireLeaseRequest.newBuilder()
                .setAccount("a")
                .setScope("gpt-9")
                .setHolder("batch-7")
                .setTtl(com.google.protobuf.Duration.newBuilder().setSeconds(60))
                .build());
  }

  @Test
  void releasesOnceAndReports() {
    TokenLease lease = acquire(OPTIONS);
    assertThat(lease.release(Reports.of(Outcome.OUTCOME_RATE_LIMITED))).isTrue();
    assertThat(lease.isHeld()).isFalse();
    lease.close();
    assertThat(broker.leases.releases)
        .singleElement()
        .matches(release -> release.getReport().getOutcome() == Outcome.OUTCOME_RATE_LIMITED)
        .matches(release -> release.getFencingNumber() == 1);
    assertThat(lease.release()).isFalse();
  }

  @Test
  void closingNeverFails() {
    TokenLease lease = acquire(OPTIONS);
    broker.leases.releaseFailures.add(Status.INTERNAL.asRuntimeException());
    lease.close();
    assertThat(lease.isHeld()).isFalse();
  }

  @Test
  void isHeldALittleLessLongThanTheDatabaseSays() {
    TokenLease lease = acquire(OPTIONS); // 30 s
    time.pass(Duration.ofSeconds(29).minusNanos(1));
    assertThat(lease.isHeld()).isTrue();
    time.pass(Duration.ofNanos(1));
    assertThat(lease.isHeld()).isFalse();
  }

  @Test
  void aRenewalCountsFromWhenItWasAskedFor() {
    TokenLease lease = acquire(OPTIONS);
    time.pass(Duration.ofSeconds(20));
    lease.renew();
    time.pass(Duration.ofSeconds(28));
    assertThat(lease.isHeld()).isTrue();
    lease.renew(Duration.ofSeconds(5));
    assertThat(lease.ttl()).isEqualTo(Duration.ofSeconds(5));
    time.pass(Duration.ofMillis(4500));
    assertThat(lease.isHeld()).isFalse();
  }

  @Test
  void whatWasWaitedForIsRenewedAtOnce() {
    broker.leases.onAcquire = () -> time.pass(Duration.ofSeconds(8));
    TokenLease lease = acquire(OPTIONS.withMaxWait(Duration.ofSeconds(60)));
    assertThat(broker.leases.renewals).hasSize(1);
    time.pass(Duration.ofSeconds(28));
    assertThat(lease.isHeld()).isTrue();
    assertThat(broker.leases.acquired).allMatch(AcquireLeaseRequest::getWait);
  }

  @Test
  void aLeaseThatTheBrokerCallsLostIsLost() {
    TokenLease lease = acquire(OPTIONS);
    broker.leases.loseSilently(lease.id());
    assertThatThrownBy(lease::renew).isInstanceOf(StatusRuntimeException.class);
    assertThat(lease.isHeld()).isFalse();
  }

  @Test
  void theKeeperRenewsAThirdIntoTheTtl() {
    TokenLease lease = acquire(OPTIONS);
    keep(lease, 0);
    time.pass(Duration.ofSeconds(10).minusNanos(1));
    assertThat(broker.leases.renewals).isEmpty();
    time.pass(Duration.ofNanos(1));
    assertThat(broker.leases.renewals).hasSize(1);
    time.pass(Duration.ofMinutes(10));
    assertThat(broker.leases.renewals).hasSize(61);
    assertThat(lease.isHeld()).isTrue();
    assertThat(lost).isEmpty();
    assertThat(
            Objects.requireNonNull(broker.leases.renewalDeadline).timeRemaining(TimeUnit.SECONDS))
        .isLessThanOrEqualTo(10);
  }

  @Test
  void theKeepersOfManyDoNotComeInStep() {
    TokenLease lease = acquire(OPTIONS);
    keep(lease, 1);
    time.pass(Duration.ofSeconds(8));
    assertThat(broker.leases.renewals).hasSize(1);
  }

  @Test
  void theKeeperTriesAgainSoonAfterAFailure() {
    TokenLease lease = acquire(OPTIONS);
    keep(lease, 0);
    broker.leases.renewFailures.add(Status.UNAVAILABLE.asRuntimeException());
    broker.leases.renewFailures.add(Status.UNAVAILABLE.asRuntimeException());
    time.pass(Duration.ofSeconds(16));
    assertThat(broker.leases.renewals).hasSize(3);
    assertThat(lease.isHeld()).isTrue();
    time.pass(Duration.ofSeconds(25));
    assertThat(lost).isEmpty();
  }

  @Test
  void theKeeperTellsOnceThatTheBrokerCallsItLost() {
    TokenLease lease = acquire(OPTIONS);
    keep(lease, 0);
    broker.leases.loseSilently(lease.id());
    time.pass(Duration.ofSeconds(10));
    assertThat(lost).containsExactly(lease);
    time.pass(Duration.ofMinutes(10));
    assertThat(lost).hasSize(1);
    assertThat(broker.leases.renewals).hasSize(1);
  }

  @Test
  void theKeeperTellsOnceThatNoRenewalSucceededInTime() {
    TokenLease lease = acquire(OPTIONS);
    keep(lease, 0);
    for (int i = 0; i < 100; i++) {
      broker.leases.renewFailures.add(Status.UNAVAILABLE.asRuntimeException());
    }
    time.pass(Duration.ofSeconds(29).minusNanos(1));
    assertThat(lost).isEmpty();
    time.pass(Duration.ofNanos(1));
    assertThat(lost).containsExactly(lease);
    int tried = broker.leases.renewals.size();
    assertThat(tried).isBetween(3, 12);
    time.pass(Duration.ofMinutes(10));
    assertThat(lost).hasSize(1);
    assertThat(broker.leases.renewals).hasSize(tried);
  }

  @Test
  void theKeeperDoesNotNeedAnAnswerToKnow() {
    TokenLease lease = acquire(OPTIONS);
    keep(lease, 0);
    broker.leases.silent = true;
    time.pass(Duration.ofSeconds(29));
    assertThat(lost).containsExactly(lease);
  }

  @Test
  void theKeeperOfAStoppedProcessTellsWhenItGoesOn() {
    TokenLease lease = acquire(OPTIONS);
    keep(lease, 0);
    time.passUnnoticed(Duration.ofMinutes(1));
    assertThat(lease.isHeld()).isFalse();
    time.pass(Duration.ZERO);
    assertThat(lost).containsExactly(lease);
    assertThat(broker.leases.renewals).isEmpty();
  }

  @Test
  void theKeeperTellsNothingOfAReleaseOrWhenItIsClosed() {
    TokenLease released = acquire(OPTIONS);
    keep(released, 0);
    TokenLease abandoned = acquire(OPTIONS);
    keep(abandoned, 0).close();
    released.close();
    time.pass(Duration.ofMinutes(10));
    assertThat(lost).isEmpty();
    assertThat(broker.leases.renewals).isEmpty();
  }

  @Test
  void theClientHasAThreadThatKeeps() {
    TokenLease lease = client.acquireLease("a", OPTIONS);
    client.keep(lease, lost::add).close();
    assertThat(lease.isHeld()).isTrue();
  }

  @Test
  void noTokenIsFree() {
    for (int i = 0; i < 3; i++) {
      acquire(OPTIONS);
    }
    assertThatThrownBy(() -> acquire(OPTIONS))
        .satisfies(e -> assertThat(BrokerErrors.reason(e)).contains("TOKENS_LEASED"));
    broker.leases.acquireFailures.add(Errors.noCredentials("a"));
    assertThatThrownBy(() -> acquire(OPTIONS)).hasMessageContaining("No credentials");
  }

  private TokenLease acquire(LeaseOptions options) {
    return client.acquireLease("a", options, time);
  }

  /** Callbacks run at once. */
  private LeaseKeeper keep(TokenLease lease, double random) {
    LeaseKeeper keeper = new LeaseKeeper(lease, lost::add, time, Runnable::run, () -> random);
    keeper.start();
    return keeper;
  }

  @Test
  void leasesOfOneAccountKeepNobodyOutOfAnother() {
    for (int i = 0; i < 3; i++) {
      TokenLease unused = client.acquireLease("a", LeaseOptions.of("worker-" + i));
    }

    assertThat(client.acquireLease("b", OPTIONS).tokenId()).isNotEmpty();
    assertThatThrownBy(() -> client.acquireLease("a", OPTIONS))
        .isInstanceOf(StatusRuntimeException.class);
  }
}
