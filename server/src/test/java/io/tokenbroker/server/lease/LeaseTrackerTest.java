package io.tokenbroker.server.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.rotation.RotationTable;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class LeaseTrackerTest {
  private static final AccountId ACCOUNT = new AccountId("acme");
  private static final TokenId TOKEN = new TokenId("1");
  private static final Duration TTL = Duration.ofSeconds(30);

  private final AtomicLong nanos = new AtomicLong();
  private final Deadlines deadlines = new Deadlines(nanos::get);
  private final LeaseTracker tracker =
      new LeaseTracker(
          new RotationTable(
              account -> CompletableFuture.failedFuture(new IllegalStateException("unused")),
              Duration.ZERO,
              nanos::get,
              () -> Instant.EPOCH,
              account -> {}),
          deadlines,
          nanos::get);

  @Test
  void aLeaseThatIsSeenAgainAndAgainHasFewDeadlines() {
    Lease lease = lease();
    Random jitter = new Random(1);
    for (int second = 0; second < 3_600; second += 5) {
      nanos.set(Duration.ofSeconds(second).toNanos());
      while (deadlines.run(1_000)) {}
      // its holder renews it every ten seconds, and each renewal is seen twice
      Duration left = TTL.minusSeconds(second % 10);
      tracker.seen(lease, 0, left, nanos.get() + jitter.nextInt(1_000_000));
    }
    assertThat(tracker.leasedElsewhere(ACCOUNT)).containsOnlyKeys(TOKEN);
    assertThat(deadlines.size()).isLessThan(10);
    nanos.addAndGet(TTL.toNanos() + 1_000_000);
    assertThat(deadlines.run(1_000)).isFalse();
    assertThat(tracker.leasedElsewhere(ACCOUNT)).isEmpty();
  }

  @Test
  void oldNewsOfALeaseThatHasEndedBringNothingBack() {
    Lease lease = lease();
    tracker.seen(lease, 0, TTL, 0);
    tracker.ended(lease);
    tracker.seen(lease, 0, TTL, 0);
    assertThat(tracker.leasedElsewhere(ACCOUNT)).isEmpty();
  }

  @Test
  void leasesThatExpireTogetherComeBackInBoundedSteps() {
    expireTogether(10);
  }

  @Test
  @Tag("stress")
  void aMillionLeasesThatExpireTogetherComeBackInBoundedSteps() {
    expireTogether(100);
  }

  private void expireTogether(int accounts) {
    int tokens = 10_000;
    int step = 10_000;
    RotationTable table =
        new RotationTable(
            account -> CompletableFuture.completedFuture(snapshot(tokens)),
            Duration.ZERO,
            nanos::get,
            () -> Instant.EPOCH.plusNanos(nanos.get()),
            account -> {});
    LeaseTracker large = new LeaseTracker(table, deadlines, nanos::get);
    String zeros = "0".repeat(55);
    long number = 100_000_000;
    for (int a = 0; a < accounts; a++) {
      AccountId account = new AccountId("account-" + a);
      table.load(account).join();
      for (int t = 1; t <= tokens; t++) {
        LeaseId id = new LeaseId(zeros + ++number);
        large.seen(lease(id, account, new TokenId(String.valueOf(t))), 0, TTL, 0);
      }
      large.tell();
    }
    assertThat(ready(table, accounts)).isZero();
    nanos.set(TTL.toNanos());
    int steps = 0;
    long longest = 0;
    boolean more = true;
    while (more) {
      long begin = System.nanoTime();
      more = deadlines.run(step);
      large.tell();
      longest = Math.max(longest, System.nanoTime() - begin);
      assertThat(ready(table, accounts)).isEqualTo(++steps * (long) step);
    }
    System.out.printf(
        "%d leases came back in %d steps, the longest of %d ms%n",
        accounts * tokens, steps, longest / 1_000_000);
    assertThat(steps).isEqualTo(accounts * tokens / step);
    assertThat(deadlines.size()).isZero();
  }

  private static AccountSnapshot snapshot(int tokens) {
    return new AccountSnapshot(
        IntStream.rangeClosed(1, tokens)
            .mapToObj(
                i ->
                    new Token(
                        new TokenId(String.valueOf(i)), new Secret("s" + i), TokenSettings.DEFAULT))
            .toList(),
        Position.START,
        Fingerprint.NONE);
  }

  private static long ready(RotationTable table, int accounts) {
    return IntStream.range(0, accounts)
        .mapToLong(a -> table.state(new AccountId("account-" + a), 0).orElseThrow().readyCount())
        .sum();
  }

  private static Lease lease() {
    return lease(LeaseId.random(TokenKey.of(ACCOUNT, TOKEN), new SecureRandom()), ACCOUNT, TOKEN);
  }

  private static Lease lease(LeaseId id, AccountId account, TokenId token) {
    return new Lease(
        id,
        account,
        token,
        Scope.ALL,
        new Holder("other"),
        1,
        Instant.EPOCH,
        Instant.EPOCH.plus(TTL),
        TTL);
  }
}
