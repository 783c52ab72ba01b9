package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.grpc.Status.Code;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is asked of leases that are not, not any more, or never were the caller's, and bad fields.
 */
final class RefusedLeasesTest extends LeaseCallsTestBase {
  @Test
  void staleNumbersAreRefused() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    Lease stale = lease.toBuilder().setFencingNumber(lease.getFencingNumber() - 1).build();
    assertLost(() -> renew(stale), lease);
    assertLost(() -> release(stale), lease);
    assertThat(release(lease)).isFalse();
  }

  @Test
  void unknownLeasesAreLostOrEnded() {
    broker.store.put("acme", "s1");
    String id =
        LeaseId.random(TokenKey.of(new AccountId("acme"), new TokenId("never")), new SecureRandom())
            .value();
    Lease unknown = Lease.newBuilder().setLeaseId(id).setFencingNumber(1).build();
    assertLost(() -> renew(unknown), unknown);
    assertLost(() -> renew(unknown, Duration.newBuilder().setSeconds(5).build()), unknown);
    assertThat(release(unknown)).isTrue();
    Failure failure = Failure.of(() -> revoke(id));
    assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(failure.reason()).isEqualTo("LEASE_DOES_NOT_EXIST");
    assertThat(failure.metadata()).containsEntry("lease_id", id);
  }

  @Test
  void tellsOfOneLeaseInTheSingular() {
    broker.store.put("acme", "s1", "s2");
    broker.leaseStore.savePolicy(new AccountId("acme"), new LeasePolicy(1, 1, 0, null, null, null));
    acquire("acme");
    assertThat(Failure.of(() -> acquire("acme")).message())
        .isEqualTo("Account acme has 1 lease already, as many as it may have.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "5f3a9c01", "'; drop table lease; --"})
  void malformedIdsAreRefused(String id) {
    Lease lease = Lease.newBuilder().setLeaseId(id).setFencingNumber(1).build();
    for (Failure failure :
        List.of(
            Failure.of(() -> renew(lease)),
            Failure.of(() -> release(lease)),
            Failure.of(() -> revoke(id)))) {
      assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
      assertThat(failure.field()).isEqualTo("lease_id");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "-1,0",
    "0,-1",
    "0,999999999",
    "3600,1",
    "3601,0",
    "9000000000000000000,0",
    "-9223372036854775808,-1",
    "1,2000000000"
  })
  void aTtlBeyondTheBoundsIsRefused(long seconds, int nanos) {
    broker.store.put("acme", "s1");
    Duration ttl = Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();
    Failure failure = Failure.of(() -> call(request("acme").setTtl(ttl)));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    assertThat(failure.field()).isEqualTo("ttl");
    Lease lease = acquire("acme");
    Failure renewal = Failure.of(() -> renew(lease, ttl));
    assertThat(renewal.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(renewal.field()).isEqualTo("ttl");
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "'';w;;account",
        "a;'';;holder",
        "a;' ';;holder",
        "a;'w ';;holder",
        "a;w;' x';scope"
      },
      delimiter = ';')
  void badNamesAreRefused(String account, String holder, String scope, String field) {
    Failure failure =
        Failure.of(
            () ->
                broker
                    .data()
                    .acquireLease(
                        AcquireLeaseRequest.newBuilder()
                            .setAccount(account)
                            .setHolder(holder)
                            .setScope(scope == null ? "" : scope)
                            .build()));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.field()).isEqualTo(field);
  }
}
