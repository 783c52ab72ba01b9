package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.ReleaseLeaseResponse;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is reported together with the release of a lease, over the wire. */
final class LeaseReportsTest extends LeaseCallsTestBase {
  @Test
  void reportsWhatTheTokenWasGoodFor() {
    broker.store.put("acme", "s1");
    Lease lease = acquire("acme");
    ReleaseLeaseRequest.Builder release =
        ReleaseLeaseRequest.newBuilder()
            .setLeaseId(lease.getLeaseId())
            .setFencingNumber(lease.getFencingNumber());

    Failure unspecified =
        Failure.of(
            () ->
                broker.data().releaseLease(release.setReport(Report.getDefaultInstance()).build()));
    assertThat(unspecified.field()).isEqualTo("report.outcome");
    assertThat(broker.leaseStore.live()).hasSize(1);

    ReleaseLeaseResponse released =
        broker
            .data()
            .releaseLease(
                release
                    .setReport(Report.newBuilder().setOutcome(Outcome.OUTCOME_UNAUTHORIZED))
                    .build());
    assertThat(released.getAlreadyEnded()).isFalse();
    assertThat(broker.table.state(new AccountId("acme"), 1).orElseThrow().tokens().get(0).benched())
        .isEqualTo(io.tokenbroker.server.model.BenchReason.QUARANTINE);
  }

  @Test
  void aReportOfATokenThatIsGoneIsOfNoConsequence() {
    broker.store.put("acme", "s1", "s2");
    Lease removed = acquire("acme");
    Lease deleted = acquire("acme");
    assertThat(
            broker
                .admin()
                .removeTokens(
                    RemoveTokensRequest.newBuilder()
                        .setAccount("acme")
                        .addTokenIds(removed.getTokenId())
                        .build()))
        .isNotNull();
    assertThat(releaseWithOk(removed).getAlreadyEnded()).isFalse();
    assertThat(
            broker
                .admin()
                .deleteAccount(DeleteAccountRequest.newBuilder().setAccount("acme").build()))
        .isNotNull();
    assertThat(releaseWithOk(deleted).getAlreadyEnded()).isFalse();
    assertThat(broker.leaseStore.live()).isEmpty();
  }

  @Test
  void aReportThatCannotBeTakenFailsTheReleaseAfterTheEndOfTheLease() {
    broker.store.put("acme", "s1");
    LeaseOp.Grant grant = grantByOther("acme", new TokenId("1"));
    broker.leaseStore.commit(List.of(grant));
    Lease lease = Lease.newBuilder().setLeaseId(grant.id().value()).setFencingNumber(1).build();
    broker.store.setDown(true); // and the account is not loaded
    assertThat(Failure.of(() -> releaseWithOk(lease)).reason()).isEqualTo("STORE_UNAVAILABLE");
    assertThat(broker.leaseStore.live()).isEmpty();
  }

  private ReleaseLeaseResponse releaseWithOk(Lease lease) {
    return broker
        .data()
        .releaseLease(
            ReleaseLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .setReport(Report.newBuilder().setOutcome(Outcome.OUTCOME_OK))
                .build());
  }
}
