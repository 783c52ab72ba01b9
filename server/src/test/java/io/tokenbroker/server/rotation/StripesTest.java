package io.tokenbroker.server.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Clock;
import io.tokenbroker.server.model.AccountId;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where accounts are. */
final class StripesTest {
  private static final int ACCOUNTS = 100_000;
  private static final int BUCKETS = 1_024;

  private final Stripes stripes =
      new Stripes(
          new Clock(() -> 0, () -> Instant.EPOCH),
          (delay, task) -> {},
          account -> {},
          () -> new UnknownAccounts(0, () -> 0));

  @Test
  void accountsAreSpreadOverStripesAndWithinThem() {
    Map<Stripe, Integer> sizes = new HashMap<>();
    Map<Stripe, BitSet> buckets = new HashMap<>();
    for (int i = 0; i < ACCOUNTS; i++) {
      AccountId account = new AccountId("account-" + i);
      Stripe stripe = stripes.of(account);
      sizes.merge(stripe, 1, Integer::sum);
      // as a HashMap does
      int hash = account.hashCode() ^ (account.hashCode() >>> 16);
      buckets.computeIfAbsent(stripe, any -> new BitSet()).set(hash & (BUCKETS - 1));
    }
    assertThat(sizes).hasSize(Stripes.COUNT);
    assertThat(sizes.values())
        .allSatisfy(size -> assertThat(size).isBetween(ACCOUNTS / 128, ACCOUNTS / 32));
    assertThat(buckets.values())
        .allSatisfy(used -> assertThat(used.cardinality()).isGreaterThan(BUCKETS / 2));
  }
}
