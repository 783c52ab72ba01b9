package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.grpc.Status.Code;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RevokeLeaseRequest;
import java.security.SecureRandom;
import org.junit.jupiter.api.AfterEach;

/** Calls about leases, of one broker in process, for tests. */
abstract class LeaseCallsTestBase {
  final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  void assertLost(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Lease lease) {
    Failure failure = Failure.of(call);
    assertThat(failure.code()).isEqualTo(Code.ABORTED);
    assertThat(failure.reason()).isEqualTo("LEASE_LOST");
    assertThat(failure.metadata()).containsEntry("lease_id", lease.getLeaseId());
  }

  static AcquireLeaseRequest.Builder request(String account) {
    return AcquireLeaseRequest.newBuilder().setAccount(account).setHolder("worker");
  }

  AcquireLeaseResponse call(AcquireLeaseRequest.Builder request) {
    return broker.data().acquireLease(request.build());
  }

  Lease acquire(String account) {
    return call(request(account)).getLease();
  }

  Lease renew(Lease lease) {
    return broker
        .data()
        .renewLease(
            RenewLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .build())
        .getLease();
  }

  Lease renew(Lease lease, Duration ttl) {
    return broker
        .data()
        .renewLease(
            RenewLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .setTtl(ttl)
                .build())
        .getLease();
  }

  boolean release(Lease lease) {
    return broker
        .data()
        .releaseLease(
            ReleaseLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .build())
        .getAlreadyEnded();
  }

  void revoke(String id) {
    assertThat(broker.admin().revokeLease(RevokeLeaseRequest.newBuilder().setLeaseId(id).build()))
        .isNotNull();
  }

  String next(String account) {
    return broker
        .data()
        .nextToken(NextTokenRequest.newBuilder().setAccount(account).build())
        .getTurn()
        .getSecret();
  }

  static LeaseOp.Grant grantByOther(String account, TokenId token) {
    AccountId id = new AccountId(account);
    return new LeaseOp.Grant(
        LeaseId.random(TokenKey.of(id, token), new SecureRandom()),
        id,
        token,
        Scope.ALL,
        new Holder("elsewhere"),
        java.time.Duration.ofSeconds(30),
        StreamId.NONE);
  }
}
