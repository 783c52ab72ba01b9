package io.tokenbroker.server.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.lease.LeaseAnswer.Taken;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BenchReason;
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
import io.tokenbroker.server.rotation.AccountLoader;
import io.tokenbroker.server.rotation.RemoteHolds;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.rotation.Wait;
import io.tokenbroker.server.testing.Defaults;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
          Defaults.table(
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
  void aLeaseThatHasEndedLeavesNothingBehind() {
    for (int i = 0; i < 10_000; i++) {
      Lease lease = lease();
      tracker.granted(lease, 0, TTL, 0, () -> {});
      tracker.ended(lease);
    }
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void aLeaseThatIsReplacedOrMadeShorterHasOneDeadline() {
    AtomicLong ends = new AtomicLong();
    tracker.granted(lease(), 0, TTL, 0, ends::incrementAndGet);
    Lease lease = lease();
    tracker.granted(lease, 0, TTL, 0, ends::incrementAndGet);
    assertThat(ends).hasValue(1);
    tracker.seen(lease, 0, TTL.dividedBy(2), 0);
    tracker.seen(lease, 0, TTL, 0);
    assertThat(deadlines.size()).isEqualTo(1);
    nanos.set(TTL.toNanos() - 1);
    assertThat(deadlines.run(1_000)).isFalse();
    assertThat(tracker.believes(lease)).isTrue();
    nanos.set(TTL.toNanos());
    assertThat(deadlines.run(1_000)).isFalse();
    assertThat(tracker.believes(lease)).isFalse();
    assertThat(ends).hasValue(2);
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void oldNewsOfALeaseThatHasEndedBringNothingBack() {
    Lease lease = lease();
    tracker.seen(lease, 0, TTL, 0);
    tracker.ended(lease);
    tracker.seen(lease, 0, TTL, 0);
    assertThat(tracker.leasedElsewhere(ACCOUNT)).isEmpty();
  }

  /** Its row was missing while the database granted the lease. */
  @Test
  void aLeaseOnATokenThatHasReturnedMeanwhileCounts() {
    Returning at = new Returning(2);
    TokenId held = at.hold();
    at.reload(token(2));
    at.reload(token(1), token(2));
    Lease lease = at.granted(held);
    assertThat(at.benched(held)).isEqualTo(BenchReason.LEASED);
    at.tracker.ended(lease);
    assertThat(at.benched(held)).isNull();
  }

  /** Its account was another broker's, or gone, as the lease was granted here. */
  @Test
  void aLeaseIsFoundByTheAccountThatIsLoadedLater() {
    Returning at = new Returning(1);
    TokenId held = at.hold();
    at.reload();
    Lease lease = at.granted(held);
    at.reload(token(1));
    assertThat(at.benched(held)).isEqualTo(BenchReason.LEASED);
    at.tracker.ended(lease);
    assertThat(at.benched(held)).isNull();
  }

  @Test
  void theEndOfALeaseEndsNobodyElsesHold() {
    Returning at = new Returning(1);
    TokenId held = at.hold();
    Lease lease = at.granted(held);
    at.reload();
    at.tracker.ended(lease);
    at.reload(token(1));
    assertThat(at.hold()).isEqualTo(held);
    at.tracker.ended(lease);
    assertThat(at.benched(held)).isEqualTo(BenchReason.LEASED);

    Lease second = at.granted(held);
    at.reload();
    at.reload(token(1));
    at.expire(second, at.hold(2));
    assertThat(at.benched(held)).as("a grant is in flight").isEqualTo(BenchReason.LEASED);
    at.table.unhold(ACCOUNT, held);
    assertThat(at.benched(held)).isNull();
  }

  /** Whatever it makes of the leases that the database has named. */
  @Test
  void whatTheDatabaseHasRefusedIsNotHandedOutAtOnce() {
    Returning at = new Returning(1);
    TokenId held = at.hold(2);
    Taken taken = new Taken(TTL, List.of(new LeaseAnswer.Standing(lease(), 0, TTL)));
    at.tracker.taken(ACCOUNT, held, 2, taken, 0, Instant.EPOCH.plus(TTL));
    at.table.unhold(ACCOUNT, held);
    assertThat(at.table.hold(ACCOUNT, Scope.ALL, 2, Wait.NO)).isCompletedExceptionally();
    nanos.set(Duration.ofMillis(100).toNanos());
    assertThat(deadlines.run(10)).isFalse();
    at.tracker.tell();
    assertThat(at.hold(2)).isEqualTo(held);
  }

  /** An account whose tokens come and go, and the tracker that it is loaded with. */
  private final class Returning {
    private List<Token> tokens;
    private long number;
    final RotationTable table;
    final LeaseTracker tracker;

    Returning(int count) {
      tokens = IntStream.rangeClosed(1, count).mapToObj(LeaseTrackerTest::token).toList();
      AtomicReference<LeaseTracker> later = new AtomicReference<>();
      table =
          Defaults.table(
              new AccountLoader() {
                @Override
                public CompletableFuture<AccountSnapshot> load(AccountId account) {
                  return CompletableFuture.completedFuture(
                      new AccountSnapshot(tokens, Position.START, Fingerprint.NONE));
                }

                @Override
                public Map<TokenId, RemoteHolds> leasedElsewhere(AccountId account) {
                  return later.get().leasedElsewhere(account);
                }
              },
              Duration.ZERO,
              nanos::get,
              () -> Instant.EPOCH.plusNanos(nanos.get()),
              account -> {});
      tracker = new LeaseTracker(table, deadlines, nanos::get);
      later.set(tracker);
    }

    void reload(Token... now) {
      tokens = List.of(now);
      table.reload(ACCOUNT).exceptionally(gone -> null).join();
    }

    TokenId hold() {
      return hold(1);
    }

    TokenId hold(int maxHolds) {
      return table.hold(ACCOUNT, Scope.ALL, maxHolds, Wait.NO).join().id();
    }

    Lease granted(TokenId token) {
      LeaseId id = new LeaseId("0".repeat(63) + ++number);
      Lease lease = lease(id, ACCOUNT, token);
      tracker.granted(lease, 0, TTL, nanos.get(), () -> {});
      return lease;
    }

    void expire(Lease lease, TokenId held) {
      assertThat(lease.token()).isEqualTo(held);
      nanos.addAndGet(TTL.toNanos());
      assertThat(deadlines.run(10)).isFalse();
      tracker.tell();
    }

    @Nullable BenchReason benched(TokenId token) {
      return table.states(ACCOUNT, List.of(token)).get(token).benched();
    }
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
        Defaults.table(
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
        IntStream.rangeClosed(1, tokens).mapToObj(LeaseTrackerTest::token).toList(),
        Position.START,
        Fingerprint.NONE);
  }

  private static Token token(int id) {
    return new Token(new TokenId(String.valueOf(id)), new Secret("s" + id), TokenSettings.DEFAULT);
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
