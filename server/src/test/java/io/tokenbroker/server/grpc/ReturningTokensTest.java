package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.WatchAccountRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Leases on tokens whose rows an account misses for a while: a call that never ends hangs. */
@Timeout(15)
final class ReturningTokensTest extends LeaseCallsTestBase {
  private static final AccountId ACME = new AccountId("acme");
  private static final Duration TTL = Duration.ofSeconds(30);

  @Test
  void areStillLeased() {
    broker.store.put("acme", "s1", "s2");
    Lease lease = acquire("acme");
    leaveAndReturn(lease);

    assertThat(List.of(next("acme"), next("acme"), next("acme"))).containsOnly("s2");
    assertThat(shown(lease).getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_LEASED);
    release(lease);
    assertThat(List.of(next("acme"), next("acme"))).containsExactlyInAnyOrder("s1", "s2");
  }

  @Test
  void areStillLeasedThoughTheyWereAllThatTheAccountHad() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    leaveAndReturn(lease);

    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
    assertThat(Failure.of(() -> acquire("acme")).reason()).isEqualTo("TOKENS_LEASED");
    release(lease);
    assertThat(next("acme")).isEqualTo("s1");
  }

  @Test
  void arePassedOverByThoseWhoWantALease() {
    broker.store.put("acme", "s1", "s2");
    Lease lease = acquire("acme");
    leaveAndReturn(lease);

    assertThat(acquire("acme").getSecret()).isEqualTo("s2");
    assertThat(Failure.of(() -> acquire("acme")).reason()).isEqualTo("TOKENS_LEASED");
    assertThat(broker.leaseStore.groups()).hasSize(2);
  }

  @Test
  void areFreeOnceAndWithTheirOwnLeaseOnly() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    leaveAndReturn(lease);
    broker.pass(TTL.dividedBy(2));
    release(lease);
    Lease second = acquire("acme");
    assertThat(second.getFencingNumber()).isEqualTo(2);

    // the first one would have ended by now
    broker.pass(TTL.dividedBy(2));
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
    assertThat(release(lease)).isTrue();
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
    broker.pass(TTL.dividedBy(2));
    assertThat(next("acme")).isEqualTo("s1");
  }

  @Test
  void areRenewed() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    leaveAndReturn(lease);
    broker.pass(TTL.dividedBy(2));
    renew(lease);
    broker.pass(TTL.minusMillis(1));
    Failure failure = Failure.of(() -> next("acme"));
    assertThat(failure.reason()).isEqualTo("TOKENS_LEASED");
    broker.pass(Duration.ofMillis(1));
    assertThat(next("acme")).isEqualTo("s1");
  }

  /** The policy in the database says less than the one that this broker still goes by. */
  @Test
  void nobodyAsksForALeaseThatTheDatabaseRefusesAgainAndAgain() {
    broker.store.put("acme", "s1");
    broker.leaseStore.savePolicy(ACME, new LeasePolicy(2, 0, 0, null, null, null));
    Lease lease = acquire("acme");
    broker.leaseStore.savePolicy(ACME, new LeasePolicy(1, 0, 0, null, null, null));

    Failure failure =
        Failure.of(
            catchThrowable(
                () ->
                    broker
                        .data()
                        .withDeadlineAfter(Duration.ofSeconds(10))
                        .acquireLease(request("acme").build())));
    assertThat(failure.reason()).isEqualTo("TOKENS_LEASED");
    assertThat(broker.leaseStore.groups()).hasSize(2);
    broker.store.put("acme", "s2");
    reload();
    assertThat(acquire("acme").getSecret()).isEqualTo("s2");
    release(lease);
    broker.pass(Duration.ofSeconds(6));
    assertThat(acquire("acme").getSecret()).isEqualTo("s1");
  }

  private void leaveAndReturn(Lease lease) {
    Runnable back = broker.store.hide("acme", lease.getTokenId());
    reload();
    back.run();
    reload();
  }

  private void reload() {
    // an account without tokens is none
    broker.table.reload(ACME).exceptionally(gone -> null).join();
  }

  private Token shown(Lease lease) {
    return broker
        .data()
        .watchAccount(WatchAccountRequest.newBuilder().setAccount("acme").build())
        .next()
        .getState()
        .getTokensList()
        .stream()
        .filter(token -> token.getTokenId().equals(lease.getTokenId()))
        .findFirst()
        .orElseThrow();
  }
}
