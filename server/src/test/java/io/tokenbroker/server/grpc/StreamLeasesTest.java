package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.LeaseGranted;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.StreamLeasesResponse.EventCase;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of leases, over the wire. */
final class StreamLeasesTest extends LeaseStreamsTestBase {
  @Test
  void keepsAWindowOfLeases() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 2);
    Lease first = granted(reader).getLease();
    Lease second = granted(reader).getLease();
    assertThat(Set.of(first.getSecret(), second.getSecret())).hasSize(2);
    assertThat(first.getHolder()).isEqualTo("worker");
    assertThat(broker.leaseStore.live()).hasSize(2);

    release(first);
    Lease third = granted(reader).getLease();
    assertThat(third.getLeaseId()).isNotEqualTo(first.getLeaseId());
    assertThat(live()).containsExactlyInAnyOrder(second.getLeaseId(), third.getLeaseId());
    assertThat(reader.hasMore()).isFalse();
  }

  @Test
  void hasAWindowOfOneByDefaultAndWaitsForMore() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 0);
    Lease lease = granted(reader).getLease();
    Reader<StreamLeasesRequest, StreamLeasesResponse> other = open("other", 0);
    Eventually.until("the other one waits", () -> waiters() == 1);
    release(lease);
    // first come, first served
    Set<String> holders = new HashSet<>();
    holders.add(granted(other).getLease().getHolder());
    assertThat(holders).containsExactly("other");
  }

  @Test
  void waitsAlsoIfSeveralAreMissing() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 2);
    Lease first = granted(reader).getLease();
    assertThat(granted(reader).getLease().getTokenId()).isNotEqualTo(first.getTokenId());
    Reader<StreamLeasesRequest, StreamLeasesResponse> other = open("other", 3);
    Eventually.until(
        "the other waits",
        () -> broker.table.state(new AccountId("acme"), 0).orElseThrow().waiterCount() == 1);
    release(first);
    assertThat(granted(other).getLease().getTokenId()).isEqualTo(first.getTokenId());
  }

  @Test
  void renewsWhatItHolds() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    for (int i = 0; i < 6; i++) {
      broker.pass(Duration.ofSeconds(10));
      Lease renewed = next(reader, EventCase.RENEWED).getRenewed().getLease();
      assertThat(renewed.getLeaseId()).isEqualTo(lease.getLeaseId());
      assertThat(renewed.getSecret()).isEmpty();
      assertThat(renewed.getExpireTime().getSeconds()).isEqualTo(broker.millis.get() / 1000 + 30);
    }
    assertThat(live()).containsExactly(lease.getLeaseId());
  }

  @Test
  void saysRevokedAtOnceAndGoesOn() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    revoke(lease);
    StreamLeasesResponse revoked = next(reader, EventCase.REVOKED);
    assertThat(revoked.getRevoked().getLeaseId()).isEqualTo(lease.getLeaseId());
    assertThat(revoked.getRevoked().getFencingNumber()).isEqualTo(lease.getFencingNumber());
    assertThat(granted(reader).getLease().getLeaseId()).isNotEqualTo(lease.getLeaseId());
  }

  @Test
  void saysRevokedIfAnotherBrokerDidIt() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    LeaseRow row = broker.leaseStore.live().get(0);
    assertThat(broker.leaseStore.byOther(new LeaseOp.Revoke(row.lease().id()))).isNotNull();
    broker.leaseCheck.check().join();
    assertThat(next(reader, EventCase.REVOKED).getRevoked().getLeaseId())
        .isEqualTo(lease.getLeaseId());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void saysRevokedAlsoIfAnotherBrokerHasGrantedTheTokenSince(boolean byCheck) throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    LeaseRow row = broker.leaseStore.live().get(0);
    assertThat(broker.leaseStore.byOther(new LeaseOp.Revoke(row.lease().id()))).isNotNull();
    LeaseOp.Grant grant =
        new LeaseOp.Grant(
            LeaseId.random(row.lease().id().token(), new SecureRandom()),
            row.lease().account(),
            row.lease().token(),
            row.lease().scope(),
            new Holder("elsewhere"),
            row.lease().ttl(),
            StreamId.NONE);
    assertThat(broker.leaseStore.byOther(grant)).isInstanceOf(LeaseAnswer.Standing.class);
    if (byCheck) {
      broker.leaseCheck.check().join();
    } else {
      broker.pass(Duration.ofSeconds(10));
    }
    assertThat(next(reader, EventCase.REVOKED).getRevoked().getLeaseId())
        .isEqualTo(lease.getLeaseId());
  }

  @Test
  void saysLostIfARenewalFindsTheLeaseGone() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    LeaseRow row = broker.leaseStore.live().get(0);
    assertThat(
            broker.leaseStore.byOther(
                new LeaseOp.Release(row.lease().id(), lease.getFencingNumber(), null)))
        .isNotNull();
    broker.pass(Duration.ofSeconds(10));
    assertThat(next(reader, EventCase.LOST).getLost().getLeaseId()).isEqualTo(lease.getLeaseId());
    assertThat(granted(reader).getLease().getLeaseId()).isNotEqualTo(lease.getLeaseId());
  }

  @Test
  void saysLostBeforeTheDatabaseWouldGrantItToOthers() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    broker.leaseStore.setDown(true);
    for (int second = 1; second < 29; second++) {
      broker.pass(Duration.ofSeconds(1));
    }
    assertThat(reader.hasMore()).isFalse();
    broker.pass(Duration.ofSeconds(1));
    assertThat(next(reader, EventCase.LOST).getLost().getLeaseId()).isEqualTo(lease.getLeaseId());
    assertThat(live()).containsExactly(lease.getLeaseId());
    // and when the database is back, there is another one
    broker.leaseStore.setDown(false);
    broker.pass(Duration.ofSeconds(2));
    Eventually.until(
        "the lease is over",
        () -> {
          broker.pass(Duration.ofMillis(100));
          return broker.leaseStore.live().stream()
              .anyMatch(row -> row.lease().fencingNumber() == 2);
        });
    assertThat(granted(reader).getLease().getFencingNumber()).isEqualTo(2);
  }

  @Test
  void aRenewalThatSucceedsInTheEndLosesNothing() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    Lease lease = granted(reader).getLease();
    broker.leaseStore.setDown(true);
    broker.pass(Duration.ofSeconds(15));
    Eventually.until("the renewal failed", () -> broker.deadlines.size() >= 2);
    broker.leaseStore.setDown(false);
    Eventually.until(
        "renewed",
        () -> {
          broker.pass(Duration.ofSeconds(1));
          return broker.leaseStore.live().stream()
              .anyMatch(
                  row ->
                      row.lease().expireTime().getEpochSecond()
                          > lease.getExpireTime().getSeconds());
        });
    assertThat(next(reader, EventCase.RENEWED).getRenewed().getLease().getLeaseId())
        .isEqualTo(lease.getLeaseId());
  }

  @Test
  void whatHasEndedLeavesNothingToBeDone() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    for (int i = 0; i < 100; i++) {
      release(granted(reader).getLease());
    }
    Lease kept = granted(reader).getLease();
    // that it is over, is renewed, is lost
    Eventually.until("three for the last one", () -> broker.deadlines.size() == 3);
    for (int i = 0; i < 10; i++) {
      reader.call().cancel("the network broke", null);
      Eventually.until("the stream is closed", () -> broker.streams.size() == 0);
      // that it is over, and its holder does not come back
      Eventually.until("nothing of the stream", () -> broker.deadlines.size() == 2);
      reader = open("worker", 1);
      assertThat(id(granted(reader))).isEqualTo(kept.getLeaseId());
    }
    Eventually.until("nothing of earlier streams", () -> broker.deadlines.size() == 3);
  }

  @Test
  void theSameHolderMayComeBackAndKeepThem() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 2);
    String first = id(granted(reader));
    Set<String> before = Set.of(first, id(granted(reader)));
    reader.call().cancel("the network broke", null);
    Eventually.until("the stream is closed", () -> broker.streams.size() == 0);
    broker.pass(Duration.ofSeconds(4));

    Reader<StreamLeasesRequest, StreamLeasesResponse> again = open("worker", 3);
    Set<String> after = new HashSet<>();
    List<Boolean> kept = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      LeaseGranted granted = granted(again);
      assertThat(granted.getLease().getSecret()).startsWith("s");
      kept.add(granted.getKept());
      after.add(id(granted));
    }
    assertThat(after).containsAll(before).hasSize(3);
    assertThat(kept).containsExactly(true, true, false);
    broker.pass(Duration.ofSeconds(5));
    assertThat(live()).containsExactlyInAnyOrderElementsOf(after);
  }

  @Test
  void afterTheGraceTheyAreReleased() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    granted(reader);
    reader.call().cancel("gone", null);
    Eventually.until("the stream is closed", () -> broker.streams.size() == 0);
    broker.pass(Duration.ofMillis(4_999));
    assertThat(broker.leaseStore.live()).hasSize(1);
    broker.pass(Duration.ofMillis(1));
    Eventually.until("it is released", () -> broker.leaseStore.live().isEmpty());
    Eventually.until("its token is back", () -> broker.leases.tick() || isReady());
  }

  @Test
  void whatItsHolderRenewedAfterTheStreamEndedIsNotReleased() throws Exception {
    broker.store.put("acme", "s1");
    // no longer than the grace
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1, 5);
    Lease lease = granted(reader).getLease();
    reader.call().cancel("gone", null);
    Eventually.until("the stream is closed", () -> broker.streams.size() == 0);
    broker.pass(Duration.ofMillis(4_900));
    // it did not know yet
    renew(lease);
    broker.pass(Duration.ofMillis(4_900));
    assertThat(broker.leaseStore.live()).hasSize(1);
    renew(lease);
    broker.pass(Duration.ofSeconds(5));
    assertThat(broker.leaseStore.live()).isEmpty();
  }

  @Test
  void aLaterStreamOfTheSameHolderTakesOver() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> earlier = open("worker", 1);
    Lease lease = granted(earlier).getLease();
    Reader<StreamLeasesRequest, StreamLeasesResponse> later = open("worker", 1);
    LeaseGranted kept = granted(later);
    assertThat(kept.getKept()).isTrue();
    assertThat(kept.getLease().getLeaseId()).isEqualTo(lease.getLeaseId());
    assertThat(kept.getLease().getFencingNumber()).isEqualTo(lease.getFencingNumber());
    Failure failure = Failure.of(earlier.end().orElseThrow());
    assertThat(failure.code()).isEqualTo(Code.ABORTED);
    assertThat(failure.reason()).isEqualTo("LEASE_LOST");
    broker.pass(Duration.ofSeconds(10));
    assertThat(live()).containsExactly(lease.getLeaseId());
  }

  @Test
  void aStreamThroughAnotherBrokerTakesOver() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    granted(reader);
    LeaseRow row = broker.leaseStore.live().get(0);
    StreamId there = StreamId.random(new SecureRandom());
    StreamOwner owner =
        new StreamOwner(row.lease().account(), row.lease().scope(), row.lease().holder());
    assertThat(broker.leaseStore.open(owner, there)).containsExactly(row);
    LeaseOp takeOver =
        new LeaseOp.TakeOver(row.lease().id(), row.lease().fencingNumber(), null, owner, there);
    assertThat(broker.leaseStore.byOther(takeOver)).isInstanceOf(LeaseAnswer.Standing.class);
    broker.leaseCheck.check().join();
    assertThat(Failure.of(reader.end().orElseThrow()).reason()).isEqualTo("LEASE_LOST");
    broker.pass(Duration.ofSeconds(6));
    assertThat(broker.leaseStore.live()).hasSize(1);
  }

  @Test
  void aReaderThatDoesNotReadHasAWindowOfLeasesAndNoMore() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3", "s4");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 2);
    Eventually.until("the window is full", () -> broker.leaseStore.live().size() == 2);
    for (int i = 0; i < 20; i++) {
      broker.pass(Duration.ofSeconds(10));
      int round = i;
      Eventually.until(
          "renewed " + round,
          () ->
              !broker.leases.tick()
                  && broker.leaseStore.live().stream()
                      .allMatch(
                          row ->
                              row.lease().expireTime().toEpochMilli()
                                  == broker.millis.get() + 30_000));
    }
    assertThat(broker.leaseStore.live()).hasSize(2);
    assertThat(reader.hasMore()).isFalse();
    List<EventCase> events = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      events.add(reader.next().getEventCase());
    }
    assertThat(events).containsExactly(EventCase.GRANTED, EventCase.GRANTED, EventCase.RENEWED);
  }

  @Test
  void aDrainLeavesTheLeasesOrReleasesThem() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = open("worker", 1);
    granted(reader);
    broker.streams.close();
    Failure failure = Failure.of(reader.end().orElseThrow());
    assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("SHUTTING_DOWN");
    assertThat(broker.leaseStore.live()).hasSize(1);
    broker.leaseStreams.releaseAll().join();
    assertThat(broker.leaseStore.live()).isEmpty();
  }

  @Test
  void failsAsACallWould() throws Exception {
    Failure unknown = Failure.of(open("worker", 1).end().orElseThrow());
    assertThat(unknown.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(unknown.message()).isEqualTo("No credentials for account acme.");
    broker.leaseStore.setDown(true);
    Failure down = Failure.of(open("worker", 1).end().orElseThrow());
    assertThat(down.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(down.reason()).isEqualTo("STORE_UNAVAILABLE");
    assertThat(broker.streams.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"-1,30,w,window", "1001,30,w,window", "1,0,w,ttl", "1,3601,w,ttl", "1,30,'',holder"})
  void refusesInvalidFields(int window, long ttl, String holder, String field) throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = new Reader<>();
    broker
        .async()
        .streamLeases(
            StreamLeasesRequest.newBuilder()
                .setAccount("acme")
                .setWindow(window)
                .setTtl(com.google.protobuf.Duration.newBuilder().setSeconds(ttl))
                .setHolder(holder)
                .build(),
            reader);
    Failure failure = Failure.of(reader.end().orElseThrow());
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    assertThat(failure.field()).isEqualTo(field);
  }
}
