package io.tokenbroker.server.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.testing.FakeLeaseStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LeasePoliciesTest {
  private static final AccountId ACCOUNT = new AccountId("acme");

  @Test
  void whoeverComesWhileTheyAreReadHearsOfThemInThatOrder() throws Exception {
    FakeLeaseStore store = new FakeLeaseStore(InstantSource.system());
    List<Integer> told = new CopyOnWriteArrayList<>();
    try (StoreExecutor executor = new StoreExecutor(1, 10, 1_000_000, () -> 0)) {
      LeasePolicies policies = new LeasePolicies(store, executor, Duration.ofMinutes(1), () -> 0);
      CompletableFuture<LeasePolicy> last = new CompletableFuture<>();
      synchronized (store) { // it answers nobody
        for (int i = 0; i < 10; i++) {
          int number = i;
          last = policies.get(ACCOUNT).whenComplete((policy, failure) -> told.add(number));
        }
      }
      assertThat(last.get(20, TimeUnit.SECONDS)).isEqualTo(LeasePolicy.DEFAULT);
    }
    assertThat(told).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }
}
