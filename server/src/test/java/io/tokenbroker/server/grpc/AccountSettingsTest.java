package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import io.grpc.Status.Code;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.LeasePolicy;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** UpdateAccount, and what GetAccount says of it. */
final class AccountSettingsTest {
  private static final LeasePolicy POLICY =
      LeasePolicy.newBuilder()
          .setMaxLeasesPerToken(2)
          .setMaxLeases(30)
          .setMaxLeasesPerHolder(4)
          .setMinTtl(millis(2_500))
          .setMaxTtl(millis(60_000))
          .setDefaultTtl(millis(5_000))
          .build();
  private static final TokenLimits LIMITS = TokenLimits.newBuilder().setMaxConcurrent(7).build();

  private final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void setsALeasePolicyThatHoldsAtOnce() {
    broker.store.put("acme", "s1");
    Lease before = acquire();
    assertThat(Failure.of(this::acquire).reason()).isEqualTo("TOKENS_LEASED");

    AccountSettings settings = update(leases(POLICY), "leases");

    assertThat(settings).isEqualTo(leases(POLICY).build());
    assertThat(account()).isEqualTo(settings);
    Lease lease = acquire();
    assertThat(lease.getTokenId()).isEqualTo(before.getTokenId());
    assertThat(lease.getExpireTime().getSeconds() - lease.getAcquireTime().getSeconds())
        .isEqualTo(5);
  }

  @Test
  void setsBothOrOneAndTellsBoth() {
    AccountSettings both =
        AccountSettings.newBuilder().setTokenLimits(LIMITS).setLeases(POLICY).build();
    assertThat(update(both.toBuilder(), "leases", "token_limits")).isEqualTo(both);

    LeasePolicy other = LeasePolicy.newBuilder().setMaxLeases(1).build();
    AccountSettings changed = both.toBuilder().setLeases(other).build();
    assertThat(update(leases(other), "leases")).isEqualTo(changed);
    assertThat(update(AccountSettings.newBuilder(), "token_limits"))
        .isEqualTo(changed.toBuilder().clearTokenLimits().build());
    assertThat(update(AccountSettings.newBuilder(), "leases"))
        .isEqualTo(AccountSettings.getDefaultInstance());
  }

  @Test
  void listsTheSettingsOfEachAccount() {
    broker.store.put("acme", "s1");
    broker.store.put("other", "s2");
    AccountSettings settings = update(leases(POLICY), "leases");
    assertThat(
            broker
                .admin()
                .listAccounts(ListAccountsRequest.getDefaultInstance())
                .getAccountsList()
                .stream()
                .map(account -> account.getSettings()))
        .containsExactly(settings, AccountSettings.getDefaultInstance());
  }

  @Test
  void namesTheFieldThatIsNotValid() {
    refused("max_leases_per_token", policy().setMaxLeasesPerToken(-1));
    refused("max_leases_per_token", policy().setMaxLeasesPerToken(1_000_001));
    refused("max_leases", policy().setMaxLeases(-1));
    refused("max_leases", policy().setMaxLeases(1_000_001));
    refused("max_leases_per_holder", policy().setMaxLeasesPerHolder(-1));
    refused("max_leases_per_holder", policy().setMaxLeasesPerHolder(1_000_001));
    for (Duration bad :
        List.of(
            millis(0),
            millis(-5_000),
            millis(999),
            millis(86_400_001),
            Duration.newBuilder().setSeconds(5).setNanos(-1).build(),
            Duration.newBuilder().setSeconds(Long.MAX_VALUE).build())) {
      refused("min_ttl", policy().setMinTtl(bad));
      refused("max_ttl", policy().setMaxTtl(bad));
      refused("default_ttl", policy().setDefaultTtl(bad));
    }
    refused("min_ttl", policy().setMinTtl(millis(2_000)).setMaxTtl(millis(1_999)));
    refused("default_ttl", policy().setMinTtl(millis(2_000)).setDefaultTtl(millis(1_999)));
    refused("default_ttl", policy().setMaxTtl(millis(2_000)).setDefaultTtl(millis(2_001)));
    assertThat(broker.leaseStore.policy(new AccountId("acme")))
        .isEqualTo(io.tokenbroker.server.model.LeasePolicy.DEFAULT);
  }

  @Test
  void changesNothingIfEitherIsNotValid() {
    refused("update_mask", AccountSettings.newBuilder());
    refused("update_mask", leases(POLICY), "leases", "leases.max_leases");
    refused("update_mask", leases(POLICY), "leases", "*");
    refused(
        "settings.token_limits.max_concurrent",
        leases(POLICY).setTokenLimits(TokenLimits.newBuilder().setMaxConcurrent(-1)),
        "leases",
        "token_limits");
    refused(
        "settings.leases.max_leases",
        leases(policy().setMaxLeases(-1).build()).setTokenLimits(LIMITS),
        "token_limits",
        "leases");
    broker.store.put("acme", "s1");
    assertThat(account()).isEqualTo(AccountSettings.getDefaultInstance());
  }

  @Test
  void aPolicyThatCanNotBeStoredIsNotToldToBe() {
    broker.store.put("acme", "s1");
    broker.leaseStore.setDown(true);
    assertThat(Failure.of(() -> update(leases(POLICY), "leases")).code())
        .isEqualTo(Code.UNAVAILABLE);
    broker.leaseStore.setDown(false);
    assertThat(broker.leaseStore.policy(new AccountId("acme")))
        .isEqualTo(io.tokenbroker.server.model.LeasePolicy.DEFAULT);
  }

  private void refused(String field, LeasePolicy.Builder policy) {
    refused("settings.leases." + field, leases(policy.build()), "leases");
  }

  private void refused(String field, AccountSettings.Builder settings, String... mask) {
    Failure failure = Failure.of(() -> update(settings, mask));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    assertThat(failure.field()).isEqualTo(field);
    assertThat(failure.message()).startsWith(field + " ").endsWith(".");
  }

  private AccountSettings update(AccountSettings.Builder settings, String... mask) {
    return broker
        .admin()
        .updateAccount(
            UpdateAccountRequest.newBuilder()
                .setAccount("acme")
                .setSettings(settings)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(mask)))
                .build())
        .getSettings();
  }

  private AccountSettings account() {
    return broker
        .admin()
        .getAccount(GetAccountRequest.newBuilder().setAccount("acme").build())
        .getAccount()
        .getSettings();
  }

  private Lease acquire() {
    return broker
        .data()
        .acquireLease(
            AcquireLeaseRequest.newBuilder().setAccount("acme").setHolder("worker").build())
        .getLease();
  }

  private static AccountSettings.Builder leases(LeasePolicy policy) {
    return AccountSettings.newBuilder().setLeases(policy);
  }

  private static LeasePolicy.Builder policy() {
    return LeasePolicy.newBuilder();
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos((int) (millis % 1_000) * 1_000_000)
        .build();
  }
}
