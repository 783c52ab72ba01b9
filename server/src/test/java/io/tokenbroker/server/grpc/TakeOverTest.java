package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.StreamLeasesResponse.EventCase;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of leases when their holder opens another stream: none ends before the end that its
 * holder was told, and the earlier stream gets no more.
 */
final class TakeOverTest extends LeaseStreamsTestBase {
  private static final StreamOwner OWNER =
      new StreamOwner(new AccountId("acme"), Scope.ALL, new Holder("worker"));
  private static final Duration TTL = Duration.ofSeconds(30);

  /** The stream of the same holder through another broker. */
  private final StreamId there = StreamId.random(new SecureRandom());

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aGrantThatComesTooLateForItsStreamIsItsSuccessors(boolean successor) throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = new Reader<>();
    broker.leaseStore.beforeAnswer(
        answers -> {
          if (successor) {
            broker.leaseStore.open(OWNER, there).forEach(row -> takeOver(row, TTL));
          }
          reader.call().cancel("gone", null);
          Eventually.until("the stream is closed", () -> broker.streams.size() == 0);
        });
    open(reader, "worker", 1, 30);
    Eventually.until(
        "it is released, or was not",
        () ->
            broker.leaseStore.groups().stream()
                .flatMap(List::stream)
                .anyMatch(LeaseOp.Release.class::isInstance));

    if (successor) {
      assertThat(broker.leaseStore.live()).extracting(LeaseRow::stream).containsExactly(there);
      assertThat(Failure.of(this::nextToken).reason()).isEqualTo("TOKENS_LEASED");
    } else {
      assertThat(broker.leaseStore.live()).isEmpty();
      Eventually.until("its token is back", () -> broker.leases.tick() || isReady());
    }
  }

  @Test
  void anEarlierStreamIsGrantedNothingMore() throws Exception {
    broker.store.put("acme", "s1");
    Lease other = acquire("other");
    Reader<StreamLeasesRequest, StreamLeasesResponse> earlier = open("worker", 1);
    Eventually.until("it waits", () -> waiters() == 1);
    broker.leaseStore.open(OWNER, there);
    release(other);
    assertThat(Failure.of(earlier.end().orElseThrow()).reason()).isEqualTo("LEASE_LOST");
    assertThat(broker.leaseStore.live()).isEmpty();
    assertThat(isReady()).isTrue();
  }

  @Test
  void anEarlierStreamEndsAlsoIfItHasNoLease() throws Exception {
    broker.store.put("acme", "s1");
    assertThat(acquire("other").getHolder()).isEqualTo("other");
    Reader<StreamLeasesRequest, StreamLeasesResponse> earlier = open("worker", 1);
    Eventually.until("it waits", () -> waiters() == 1);
    broker.leaseStreams.check().join();
    assertThat(earlier.hasMore()).isFalse();

    broker.leaseStore.open(OWNER, there);
    broker.leaseStreams.check().join();
    Failure failure = Failure.of(earlier.end().orElseThrow());
    assertThat(failure.reason()).isEqualTo("LEASE_LOST");
    assertThat(failure.message()).contains("account acme");
    assertThat(failure.metadata()).containsEntry("account", "acme");
    assertThat(waiters()).isZero();
  }

  @Test
  void aCheckThatFailsEndsNoStream() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    broker.leaseStore.setDown(true);
    broker.leaseStreams.check().join();
    broker.leaseStore.setDown(false);
    // until the store is tried again
    broker.pass(Duration.ofSeconds(1));
    broker.leaseStreams.check().join();
    release(lease);
    assertThat(granted(reader).getKept()).isFalse();
  }

  @Test
  void ofManyStreamsTheLastOneLives() throws Exception {
    broker.store.put("acme", "s1");
    List<Reader<StreamLeasesRequest, StreamLeasesResponse>> readers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      readers.add(open("worker", 1));
    }
    assertThat(granted(readers.remove(49)).getLease().getHolder()).isEqualTo("worker");
    for (Reader<StreamLeasesRequest, StreamLeasesResponse> earlier : readers) {
      assertThat(Failure.of(earlier.skipToEnd().orElseThrow()).reason()).isEqualTo("LEASE_LOST");
    }
  }

  @Test
  void whatASmallerWindowLeavesOverRunsOut() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3");
    grantedOf(open("worker", 3), 3);
    Reader<StreamLeasesRequest, StreamLeasesResponse> later = open("worker", 1);
    Lease kept = granted(later).getLease();
    Eventually.until(
        "all are the later one's",
        () -> broker.leaseStore.live().stream().map(LeaseRow::stream).distinct().count() == 1);

    Instant end = broker.now().plus(TTL);
    for (int second = 1; second < 30; second++) {
      broker.pass(Duration.ofSeconds(1));
      if (second == 20) {
        Eventually.until(
            "the kept one is renewed, which was due",
            () ->
                broker.leaseStore.live().stream()
                    .anyMatch(row -> row.lease().expireTime().isAfter(end)));
      }
      assertThat(broker.leaseStore.live()).hasSize(3);
      assertThat(Failure.of(this::nextToken).reason()).isEqualTo("TOKENS_LEASED");
    }
    broker.pass(Duration.ofSeconds(1));
    assertThat(live()).containsExactly(kept.getLeaseId());
    assertThat(isReady()).isTrue();
  }

  @Test
  void anEarlierStreamDoesNotTakeTheirEndForItsOwnRelease() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3", "s4");
    Reader<StreamLeasesRequest, StreamLeasesResponse> earlier = open("worker", 3);
    grantedOf(earlier, 3);
    List<LeaseRow> rows = broker.leaseStore.open(OWNER, there);
    takeOver(rows.get(0), null);
    LeaseRow row = broker.leaseStore.live().get(0);
    broker.leaseStore.byOther(
        new LeaseOp.Release(row.lease().id(), row.lease().fencingNumber(), there));
    broker.leaseCheck.check().join();
    broker.pass(Duration.ofSeconds(10));

    assertThat(Failure.of(earlier.skipToEnd().orElseThrow()).reason()).isEqualTo("LEASE_LOST");
    assertThat(broker.leaseStore.live()).hasSize(2);
  }

  @Test
  void aTakeOverWithAShorterTtlEndsNothingSooner() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> earlier = open("worker", 1);
    granted(earlier);
    Reader<StreamLeasesRequest, StreamLeasesResponse> later = open("worker", 1, 2);
    Lease kept = granted(later).getLease();
    assertThat(earlier.end()).isPresent();
    long end = broker.millis.get() / 1_000 + 30;
    assertThat(kept.getExpireTime().getSeconds()).isEqualTo(end);
    broker.pass(Duration.ofMillis(700));
    // its heartbeat is that of the new TTL
    assertThat(next(later, EventCase.RENEWED).getRenewed().getLease().getExpireTime().getSeconds())
        .isEqualTo(end);
    later.call().cancel("gone", null);
    Eventually.until("the stream is closed", () -> broker.streams.size() == 0);
    broker.pass(Duration.ofSeconds(4));
    assertThat(live()).containsExactly(kept.getLeaseId());
  }

  @Test
  void whatIsSaidToBeLostIsNotReleased() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    broker.leaseStore.setDown(true);
    // its holder renews it meanwhile, through a broker that reaches the database
    LeaseRow row = broker.leaseStore.live().get(0);
    broker.leaseStore.byOther(
        new LeaseOp.Renew(
            row.lease().id(), row.lease().fencingNumber(), TTL.multipliedBy(2), null));
    broker.pass(Duration.ofSeconds(29));
    assertThat(next(reader, EventCase.LOST).getLost().getLeaseId()).isEqualTo(lease.getLeaseId());
    // behind whatever was still being tried
    assertThatThrownBy(() -> broker.leases.renew(row.lease().id(), 1, null).join())
        .satisfies(
            e -> assertThat(Failures.reasonOf(e)).isEqualTo(FailureReason.STORE_UNAVAILABLE));
    broker.leaseStore.setDown(false);
    for (int second = 29; second < 60; second++) {
      assertThat(live()).contains(lease.getLeaseId());
      broker.pass(Duration.ofSeconds(1));
    }
    assertThat(live()).doesNotContain(lease.getLeaseId());
    assertThat(broker.leaseStore.groups())
        .noneMatch(group -> group.stream().anyMatch(LeaseOp.Release.class::isInstance));
  }

  @Test
  void aLeaseThatWasSeenToHaveExpiredIsLost() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    LeaseRow row = broker.leaseStore.live().get(0);
    broker.leaseStore.byOther(
        new LeaseOp.Renew(
            row.lease().id(), row.lease().fencingNumber(), Duration.ofSeconds(1), null));
    broker.pass(Duration.ofSeconds(2));
    broker.leaseCheck.check().join();
    assertThat(next(reader, EventCase.LOST).getLost().getLeaseId()).isEqualTo(lease.getLeaseId());
  }

  @Test
  void aShortGraceLeavesWhatItsHolderHasRenewed() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 2);
    List<Lease> leases = grantedOf(reader, 2);
    reader.call().cancel("gone", null);
    Eventually.until("the stream is closed", () -> broker.streams.size() == 0);
    broker.pass(Duration.ofSeconds(1));
    renew(leases.get(0));
    broker.pass(Duration.ofSeconds(4));
    Eventually.until("the other is released", () -> broker.leaseStore.live().size() == 1);
    assertThat(live()).containsExactly(leases.get(0).getLeaseId());
    broker.pass(Duration.ofSeconds(25));
    assertThat(live()).containsExactly(leases.get(0).getLeaseId());
  }

  private void takeOver(LeaseRow row, @Nullable Duration ttl) {
    LeaseAnswer answer =
        broker.leaseStore.byOther(
            new LeaseOp.TakeOver(row.lease().id(), row.lease().fencingNumber(), ttl, OWNER, there));
    assertThat(answer).isInstanceOf(LeaseAnswer.Standing.class);
  }

  private Lease acquire(String holder) {
    return broker
        .data()
        .acquireLease(AcquireLeaseRequest.newBuilder().setAccount("acme").setHolder(holder).build())
        .getLease();
  }

  private static List<Lease> grantedOf(
      Reader<StreamLeasesRequest, StreamLeasesResponse> reader, int count)
      throws InterruptedException {
    List<Lease> leases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      leases.add(granted(reader).getLease());
    }
    return leases;
  }
}
