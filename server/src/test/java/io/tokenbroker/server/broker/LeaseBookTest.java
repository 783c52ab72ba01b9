package io.tokenbroker.server.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.lease.Deadlines;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Holder;
import io.tokenbroker.server.token.Lease;
import io.tokenbroker.server.token.LeaseId;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LeaseBookTest {
  private static final AccountId ACCOUNT = new AccountId("acme");
  private static final TokenId TOKEN = new TokenId("1");
  private static final Duration TTL = Duration.ofSeconds(30);

  private final AtomicLong nanos = new AtomicLong();
  private final Deadlines deadlines = new Deadlines(nanos::get);
  private final LeaseBook book =
      new LeaseBook(
          new RotationTokens(
              new RotationTable(
                  account -> CompletableFuture.failedFuture(new IllegalStateException("unused")),
                  Duration.ZERO,
                  nanos::get,
                  () -> Instant.EPOCH,
                  account -> {})),
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
      book.seen(lease, 0, left, nanos.get() + jitter.nextInt(1_000_000));
    }
    assertThat(book.leasedElsewhere(ACCOUNT)).containsOnlyKeys(TOKEN);
    assertThat(deadlines.size()).isLessThan(10);
    nanos.addAndGet(TTL.toNanos() + 1_000_000);
    assertThat(deadlines.run(1_000)).isFalse();
    assertThat(book.leasedElsewhere(ACCOUNT)).isEmpty();
  }

  @Test
  void oldNewsOfALeaseThatHasEndedBringNothingBack() {
    Lease lease = lease();
    book.seen(lease, 0, TTL, 0);
    book.ended(lease);
    book.seen(lease, 0, TTL, 0);
    assertThat(book.leasedElsewhere(ACCOUNT)).isEmpty();
  }

  private static Lease lease() {
    return new Lease(
        LeaseId.random(TokenKey.of(ACCOUNT, TOKEN), new SecureRandom()),
        ACCOUNT,
        TOKEN,
        Scope.ALL,
        new Holder("other"),
        1,
        Instant.EPOCH,
        Instant.EPOCH.plus(TTL),
        TTL);
  }
}
