package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.entry;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import io.grpc.Context;
import io.grpc.Status.Code;
import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ListLeasesRequest;
import io.tokenbroker.v1.ListLeasesResponse;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.UpdateTokenRequest;
import io.tokenbroker.v1.WatchAccountRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Leases one by one, over the wire. */
final class LeasesTest extends LeaseCallsTestBase {
  private static final java.time.Duration TTL = java.time.Duration.ofSeconds(30);

  @Test
  void aLeasedTokenIsOneHoldersAlone() {
    broker.store.put("acme", "s1", "s2");
    Lease lease = acquire("acme");

    assertThat(lease.getSecret()).isEqualTo("s1");
    assertThat(lease.getAccount()).isEqualTo("acme");
    assertThat(lease.getHolder()).isEqualTo("worker");
    assertThat(lease.getFencingNumber()).isEqualTo(1);
    assertThat(lease.getExpireTime().getSeconds() - lease.getAcquireTime().getSeconds())
        .isEqualTo(30);
    for (int i = 0; i < 3; i++) {
      assertThat(next("acme")).isEqualTo("s2");
    }
    Token leased =
        broker
            .data()
            .watchAccount(WatchAccountRequest.newBuilder().setAccount("acme").build())
            .next()
            .getState()
            .getTokens(0);
    assertThat(leased.getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_LEASED);
    assertThat(acquire("acme").getSecret()).isEqualTo("s2");
    Failure failure = Failure.of(() -> acquire("acme"));
    assertThat(failure.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(failure.reason()).isEqualTo("TOKENS_LEASED");
    assertThat(failure.retrySeconds()).isBetween(29.0, 30.0);
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
  }

  @Test
  void aReleasedTokenComesBack() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    assertThat(release(lease)).isFalse();
    assertThat(next("acme")).isEqualTo("s1");
    assertThat(release(lease)).isTrue();
    assertThat(acquire("acme").getFencingNumber()).isEqualTo(2);
  }

  @Test
  void anExpiredLeaseIsLostAndItsTokenComesBack() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    broker.pass(TTL.minusMillis(1));
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
    broker.pass(java.time.Duration.ofMillis(1));
    assertThat(next("acme")).isEqualTo("s1");

    assertLost(() -> renew(lease), lease);
    assertThat(release(lease)).isTrue();
    Lease again = acquire("acme");
    assertThat(again.getFencingNumber()).isEqualTo(2);
    assertLost(() -> renew(lease), lease);
  }

  @Test
  void aRenewedLeaseLastsAsLongAgain() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    for (int i = 0; i < 5; i++) {
      broker.pass(TTL.minusSeconds(1));
      Lease renewed = renew(lease);
      assertThat(renewed.getSecret()).isEmpty();
      assertThat(renewed.getExpireTime().getSeconds()).isEqualTo(broker.millis.get() / 1000 + 30);
    }
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
    Lease longer = renew(lease, Duration.newBuilder().setSeconds(60).build());
    assertThat(longer.getExpireTime().getSeconds()).isEqualTo(broker.millis.get() / 1000 + 60);
    Lease shorter = renew(lease, Duration.newBuilder().setSeconds(2).build());
    assertThat(shorter.getExpireTime().getSeconds()).isEqualTo(broker.millis.get() / 1000 + 2);
    broker.pass(java.time.Duration.ofSeconds(2));
    assertThat(next("acme")).isEqualTo("s1");
  }

  @Test
  void anUnknownAccountHasNoLeases() {
    Failure failure = Failure.of(() -> acquire("42"));
    assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(failure.message()).isEqualTo("No credentials for account 42.");
  }

  @Test
  void keepsToTheAccountsPolicy() {
    broker.store.put("acme", "s1", "s2", "s3");
    broker.leaseStore.savePolicy(
        new AccountId("acme"),
        new LeasePolicy(
            2,
            3,
            2,
            java.time.Duration.ofSeconds(10),
            java.time.Duration.ofSeconds(20),
            java.time.Duration.ofSeconds(15)));
    Lease first = acquire("acme");
    assertThat(first.getExpireTime().getSeconds() - first.getAcquireTime().getSeconds())
        .isEqualTo(15);
    Duration nine = Duration.newBuilder().setSeconds(9).build();
    assertThat(Failure.of(() -> call(request("acme").setTtl(nine))).field()).isEqualTo("ttl");
    assertThat(Failure.of(() -> renew(first, nine)).field()).isEqualTo("ttl");
    acquire("acme");
    Failure holder = Failure.of(() -> acquire("acme"));
    assertThat(holder.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(holder.reason()).isEqualTo("LEASE_LIMIT");
    assertThat(holder.metadata())
        .containsEntry("account", "acme")
        .containsEntry("holder", "worker")
        .containsEntry("limit", "2")
        .containsEntry("limit_of", "holder");
    assertThat(holder.message())
        .isEqualTo(
            "Holder worker has 2 leases of account acme already, as many as one holder may have.");
    assertThat(call(request("acme").setHolder("b")).getLease().getHolder()).isEqualTo("b");
    Failure account = Failure.of(() -> call(request("acme").setHolder("c")));
    assertThat(account.metadata()).containsEntry("limit", "3").containsEntry("limit_of", "account");
    assertThat(account.message())
        .isEqualTo("Account acme has 3 leases already, as many as it may have.");
    assertThat(release(first)).isFalse();
    assertThat(call(request("acme").setHolder("c")).getLease().getHolder()).isEqualTo("c");
  }

  @Test
  void aDisabledTokenDrains() {
    broker.store.put("acme", "s1", "s2");
    Lease lease = acquire("acme");
    var unused =
        broker
            .admin()
            .updateToken(
                UpdateTokenRequest.newBuilder()
                    .setAccount("acme")
                    .setToken(Token.newBuilder().setTokenId(lease.getTokenId()).setEnabled(false))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("enabled"))
                    .build());
    for (int i = 0; i < 3; i++) {
      assertThat(next("acme")).isEqualTo("s2");
    }
    broker.pass(TTL.dividedBy(2));
    assertThat(renew(lease).getExpireTime().getSeconds())
        .isEqualTo(broker.millis.get() / 1000 + 30);
    assertThat(release(lease)).isFalse();
    assertThat(acquire("acme").getSecret()).isEqualTo("s2");
    assertThat(Failure.of(() -> acquire("acme")).reason()).isEqualTo("TOKENS_LEASED");
  }

  @Test
  void waitsNoLongerThanMaxWaitHoweverLateTheDeadlineIs() throws Exception {
    broker.store.put("acme", "s1");
    acquire("acme");
    ListenableFuture<AcquireLeaseResponse> waiting =
        broker
            .futures()
            .withDeadlineAfter(java.time.Duration.ofDays(1))
            .acquireLease(
                request("acme")
                    .setWait(true)
                    .setMaxWait(Duration.newBuilder().setSeconds(5))
                    .build());
    broker.pass(java.time.Duration.ofMillis(4_940));
    broker.alarms.ring();
    assertThat(waiting.isDone()).isFalse();
    broker.pass(java.time.Duration.ofMillis(20));
    broker.alarms.ring();
    assertThat(Failure.of(catchThrowable(waiting::get)).reason()).isEqualTo("TOKENS_LEASED");
  }

  @Test
  void severalHoldersMayShareATokenIfAllowed() {
    broker.store.put("acme", "s1");
    broker.leaseStore.savePolicy(new AccountId("acme"), new LeasePolicy(2, 0, 0, null, null, null));
    Lease first = acquire("acme");
    Lease second = acquire("acme");
    assertThat(second.getTokenId()).isEqualTo(first.getTokenId());
    assertThat(second.getFencingNumber()).isEqualTo(2);
    assertThat(Failure.of(() -> acquire("acme")).reason()).isEqualTo("TOKENS_LEASED");
    release(first);
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
    release(second);
    assertThat(next("acme")).isEqualTo("s1");
  }

  @Test
  void waitsForAToken() throws Exception {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    ListenableFuture<AcquireLeaseResponse> waiting =
        broker.futures().acquireLease(request("acme").setWait(true).build());
    assertThat(waiting.isDone()).isFalse();
    release(lease);
    assertThat(waiting.get().getLease().getFencingNumber()).isEqualTo(2);
  }

  @Test
  void aCallerThatLeavesGetsNothing() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    Context.CancellableContext context = Context.current().withCancellation();
    ListenableFuture<AcquireLeaseResponse> waiting =
        broker.futures().acquireLease(request("acme").setWait(true).build());
    waiting.cancel(true);
    context.cancel(null);
    release(lease);
    assertThat(next("acme")).isEqualTo("s1");
    assertThat(broker.leaseStore.live()).isEmpty();
  }

  @Test
  void revokes() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    revoke(lease.getLeaseId());
    assertThat(next("acme")).isEqualTo("s1");
    assertLost(() -> renew(lease), lease);
    assertThat(release(lease)).isTrue();
    assertThat(Failure.of(() -> revoke(lease.getLeaseId())).reason())
        .isEqualTo("LEASE_DOES_NOT_EXIST");
  }

  @Test
  void listsWithoutSecrets() {
    broker.store.put("acme", "s1", "s2");
    broker.store.put("other", "s3");
    acquire("acme");
    acquire("acme");
    acquire("other");
    ListLeasesRequest.Builder request = ListLeasesRequest.newBuilder().setPageSize(2);
    ListLeasesResponse page = broker.admin().listLeases(request.build());
    assertThat(page.getLeasesList()).extracting(Lease::getAccount).containsExactly("acme", "acme");
    assertThat(page.getLeasesList()).extracting(Lease::getSecret).containsOnly("");
    page = broker.admin().listLeases(request.setPageToken(page.getNextPageToken()).build());
    assertThat(page.getLeasesList()).extracting(Lease::getAccount).containsExactly("other");
    assertThat(page.getNextPageToken()).isEmpty();
    assertThat(
            broker
                .admin()
                .listLeases(ListLeasesRequest.newBuilder().setAccount("other").build())
                .getLeasesCount())
        .isEqualTo(1);
    Failure failure =
        Failure.of(
            () ->
                broker
                    .admin()
                    .listLeases(ListLeasesRequest.newBuilder().setPageToken("???").build()));
    assertThat(failure.field()).isEqualTo("page_token");
  }

  @Test
  void aStoreThatIsDownFailsLeasesAndNothingElse() {
    broker.store.put("acme", "s1", "s2");
    Lease lease = acquire("acme");
    broker.leaseStore.setDown(true);
    for (Failure failure :
        List.of(
            Failure.of(() -> acquire("acme")),
            Failure.of(() -> renew(lease)),
            Failure.of(() -> release(lease)),
            Failure.of(() -> revoke(lease.getLeaseId())))) {
      assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
      assertThat(failure.reason()).isEqualTo("STORE_UNAVAILABLE");
      assertThat(failure.retrySeconds()).isPositive();
    }
    assertThat(next("acme")).isEqualTo("s2");
    broker.leaseStore.setDown(false);
    broker.pass(java.time.Duration.ofSeconds(1));
    assertThat(acquire("acme").getSecret()).isEqualTo("s2");
    assertThat(renew(lease).getLeaseId()).isEqualTo(lease.getLeaseId());
  }

  @Test
  void aGrantWhoseAnswerIsLostIsTakenBack() {
    broker.store.put("acme", "s1");
    assertThat(next("acme")).isEqualTo("s1");
    broker.leaseStore.setDeaf(true);
    assertThat(Failure.of(() -> acquire("acme")).code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(broker.leaseStore.live()).hasSize(1);
    broker.leaseStore.setDeaf(false);
    broker.pass(java.time.Duration.ofSeconds(1));
    Eventually.until("nobody has it", () -> broker.leaseStore.live().isEmpty());
    assertThat(acquire("acme").getFencingNumber()).isEqualTo(2);
  }

  @Test
  void passesOverWhatAnotherBrokerHas() {
    broker.store.put("acme", "s1", "s2");
    TokenId first = new TokenId("1");
    assertThat(next("acme")).isEqualTo("s1");
    assertThat(broker.leaseStore.byOther(grantByOther("acme", first))).isNotNull();
    assertThat(acquire("acme").getSecret()).isEqualTo("s2");
    // seen by the conflict
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("TOKENS_LEASED");
    broker.pass(TTL);
    assertThat(next("acme")).isIn("s1", "s2");
  }

  @Test
  void whatAnotherBrokerHasReleasedIsThereAtTheNextCheck() {
    broker.store.put("acme", "s1");
    assertThat(next("acme")).isEqualTo("s1");
    LeaseOp.Grant grant = grantByOther("acme", new TokenId("1"));
    assertThat(broker.leaseStore.byOther(grant)).isNotNull();
    assertThat(Failure.of(() -> acquire("acme")).reason()).isEqualTo("TOKENS_LEASED");
    assertThat(broker.leaseStore.byOther(new LeaseOp.Release(grant.id(), 1, null)))
        .isInstanceOf(LeaseAnswer.Ended.class);
    broker.leaseCheck.check().join();
    assertThat(acquire("acme").getFencingNumber()).isEqualTo(2);
  }

  @Test
  void seesWhatWasCommittedLaterThanItsTime() {
    broker.store.put("acme", "s1", "s2");
    assertThat(next("acme")).isEqualTo("s1");
    LeaseOp.Grant grant = grantByOther("acme", new TokenId("2"));
    assertThat(broker.leaseStore.byOtherHeldBack(grant)).isNotNull();
    broker.leaseCheck.check().join();
    assertThat(List.of(next("acme"), next("acme"))).containsExactly("s1", "s1");
    assertThat(broker.leaseStore.byOtherHeldBack(new LeaseOp.Release(grant.id(), 1, null)))
        .isInstanceOf(LeaseAnswer.Ended.class);
    broker.leaseCheck.check().join();
    assertThat(next("acme")).isEqualTo("s2");
  }

  @Test
  void seesWhatOthersLeaseAtTheNextCheck() {
    broker.store.put("acme", "s1", "s2");
    assertThat(next("acme")).isEqualTo("s1");
    LeaseOp.Grant grant = grantByOther("acme", new TokenId("2"));
    assertThat(broker.leaseStore.byOther(grant)).isNotNull();
    broker.leaseCheck.check().join();
    assertThat(next("acme")).isEqualTo("s1");
    assertThat(next("acme")).isEqualTo("s1");
    assertThat(broker.leaseStore.byOther(new LeaseOp.Revoke(grant.id()))).isNotNull();
    broker.leaseCheck.check().join();
    assertThat(next("acme")).isEqualTo("s2");
  }

  @Test
  void honoursLeasesOfBeforeItsStart() {
    broker.store.put("acme", "s1", "s2");
    LeaseOp.Grant grant = grantByOther("acme", new TokenId("1"));
    assertThat(broker.leaseStore.byOther(grant)).isNotNull();

    assertThat(next("acme")).isEqualTo("s2");
    assertThat(next("acme")).isEqualTo("s2");
    Lease lease = Lease.newBuilder().setLeaseId(grant.id().value()).setFencingNumber(1).build();
    assertThat(renew(lease).getHolder()).isEqualTo("elsewhere");
    assertThat(release(lease)).isFalse();
    assertThat(next("acme")).isEqualTo("s1");
  }

  @Test
  void manyThatAreDueTogetherAreSeenToInBoundedSteps() {
    broker.store.put("acme", "s1");
    assertThat(next("acme")).isEqualTo("s1");
    for (int i = 0; i < 30_000; i++) {
      broker.deadlines.at(1, () -> {});
    }
    // a step does a bounded part of it
    assertThat(broker.leases.tick()).isTrue();
    assertThat(broker.leases.tick()).isTrue();
    assertThat(broker.leases.tick()).isFalse();
  }

  @Test
  void whoHasLostALeaseHearsOfWhichAccountItWas() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    broker.pass(java.time.Duration.ofHours(25));
    Failure lost = Failure.of(() -> renew(lease));
    assertThat(lost.reason()).isEqualTo("LEASE_LOST");
    assertThat(lost.metadata())
        .containsOnly(entry("lease_id", lease.getLeaseId()), entry("account", "acme"));
    assertThat(lost.message()).contains(lease.getLeaseId() + " of account acme has ended");

    Lease made = lease.toBuilder().setLeaseId("0".repeat(64)).build();
    Failure unknown = Failure.of(() -> renew(made));
    assertThat(unknown.metadata()).containsOnly(entry("lease_id", made.getLeaseId()));
  }
}
