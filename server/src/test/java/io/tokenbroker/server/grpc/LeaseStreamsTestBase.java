package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.LeaseGranted;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RevokeLeaseRequest;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.StreamLeasesResponse.EventCase;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Streams of leases of one broker in process, for tests. */
abstract class LeaseStreamsTestBase {
  final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  Reader<StreamLeasesRequest, StreamLeasesResponse> open(String holder, int window) {
    return open(holder, window, 30);
  }

  Reader<StreamLeasesRequest, StreamLeasesResponse> open(
      String holder, int window, int ttlSeconds) {
    return open(new Reader<>(), holder, window, ttlSeconds);
  }

  Reader<StreamLeasesRequest, StreamLeasesResponse> open(
      Reader<StreamLeasesRequest, StreamLeasesResponse> reader,
      String holder,
      int window,
      int ttlSeconds) {
    broker
        .async()
        .streamLeases(
            StreamLeasesRequest.newBuilder()
                .setAccount("acme")
                .setHolder(holder)
                .setWindow(window)
                .setTtl(com.google.protobuf.Duration.newBuilder().setSeconds(ttlSeconds))
                .build(),
            reader);
    return reader;
  }

  int waiters() {
    return broker.table.state(new AccountId("acme"), 0).orElseThrow().waiterCount();
  }

  void renew(Lease lease) {
    assertThat(
            broker
                .data()
                .renewLease(
                    RenewLeaseRequest.newBuilder()
                        .setLeaseId(lease.getLeaseId())
                        .setFencingNumber(lease.getFencingNumber())
                        .build())
                .getLease()
                .getLeaseId())
        .isEqualTo(lease.getLeaseId());
  }

  static StreamLeasesResponse next(
      Reader<StreamLeasesRequest, StreamLeasesResponse> reader, EventCase expected)
      throws InterruptedException {
    StreamLeasesResponse event = reader.next();
    assertThat(event.getEventCase()).isEqualTo(expected);
    return event;
  }

  static LeaseGranted granted(Reader<StreamLeasesRequest, StreamLeasesResponse> reader)
      throws InterruptedException {
    return next(reader, EventCase.GRANTED).getGranted();
  }

  static String id(LeaseGranted granted) {
    return granted.getLease().getLeaseId();
  }

  List<String> live() {
    return broker.leaseStore.live().stream().map(row -> row.lease().id().value()).toList();
  }

  void release(Lease lease) {
    assertThat(
            broker
                .data()
                .releaseLease(
                    ReleaseLeaseRequest.newBuilder()
                        .setLeaseId(lease.getLeaseId())
                        .setFencingNumber(lease.getFencingNumber())
                        .build())
                .getAlreadyEnded())
        .isFalse();
  }

  void revoke(Lease lease) {
    assertThat(
            broker
                .admin()
                .revokeLease(
                    RevokeLeaseRequest.newBuilder().setLeaseId(lease.getLeaseId()).build()))
        .isNotNull();
  }

  /** Whether there is a token now; none may be for a moment longer, while a release is written. */
  boolean isReady() {
    try {
      return nextToken().hasTurn();
    } catch (StatusRuntimeException e) {
      assertThat(Failure.of(e).reason()).isEqualTo("TOKENS_LEASED");
      return false;
    }
  }

  NextTokenResponse nextToken() {
    return broker.data().nextToken(NextTokenRequest.newBuilder().setAccount("acme").build());
  }
}
