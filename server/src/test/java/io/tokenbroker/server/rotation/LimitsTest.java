package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** What a token may take is never passed, and none of it is wasted. */
final class LimitsTest {
  private static final TokenId ONE = new TokenId("1");
  private static final Instant START = Instant.parse("2030-05-06T10:00:00Z");

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong millis = new AtomicLong(START.toEpochMilli());
  private TokenLimits limits = TokenLimits.NONE;
  private Map<TokenId, List<Usage>> usage = Map.of();

  @Test
  void handsOutNoMoreThanTheCountInAnySpanOfTheWindow() {
    RotationTable table = table(rate(3, Duration.ofSeconds(10)), "1");
    take(table, "1");
    pass(Duration.ofSeconds(4));
    take(table, "1", "1");
    // the first leaves the window after 10 s, the other two 4 s later
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(6));
    pass(Duration.ofSeconds(6).minusNanos(1));
    assertThat(retryAfter(table)).isEqualTo(Duration.ofNanos(1));
    pass(Duration.ofNanos(1));
    take(table, "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void allWindowsHoldTogether() {
    RotationTable table =
        table(
            new TokenLimits(
                List.of(
                    new RateLimit(2, Duration.ofSeconds(1)),
                    new RateLimit(3, Duration.ofMinutes(1))),
                List.of(),
                0,
                0),
            "1");
    take(table, "1", "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(1));
    pass(Duration.ofSeconds(1));
    take(table, "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(59));
  }

  @Test
  void theMarginIsPartOfTheWindow() {
    RotationTable table =
        table(rate(1, Duration.ofSeconds(1)), settings(Duration.ofMillis(50)), "1");
    take(table, "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofMillis(1050));
  }

  @Test
  void keepsTheHeadroom() {
    RotationTable table =
        table(
            new TokenLimits(List.of(new RateLimit(10, Duration.ofHours(1))), List.of(), 0, 25),
            "1");
    take(table, "1", "1", "1", "1", "1", "1", "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void aTokensOwnLimitsTakeThePlaceOfItsAccounts() {
    limits = rate(1, Duration.ofSeconds(1));
    Token free = token("2", TokenSettings.DEFAULT.withLimits(TokenLimits.NONE));
    RotationTable table = table(List.of(token("1"), free), settings(Duration.ZERO));
    take(table, "1", "2", "2", "2");
  }

  @Test
  void countsTurnsInUseUntilTheyAreReportedOrTimeOut() {
    RotationTable table = table(new TokenLimits(List.of(), List.of(), 2, 0), "1");
    long first = table.next(ACCOUNT).join().number();
    pass(Duration.ofSeconds(10));
    take(table, "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(50));
    report(table, first);
    take(table, "1");
    // a second report of the turn ends no other one
    report(table, first);
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(60));
    pass(Duration.ofSeconds(60));
    take(table, "1", "1");
  }

  @Test
  void aBudgetOfTheUpstreamLowersWhatIsHandedOutUntilItsReset() {
    RotationTable table = table(TokenLimits.NONE, "1");
    tell(table, 2, START.plusSeconds(30));
    take(table, "1");
    // more than is left is not believed
    tell(table, 9, START.plusSeconds(30));
    take(table, "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(30));
    pass(Duration.ofSeconds(30));
    take(table, "1", "1", "1", "1");
  }

  @Test
  void turnsAfterTheReportedOneCountAgainstABudget() {
    RotationTable table = table(TokenLimits.NONE, "1");
    long first = table.next(ACCOUNT).join().number();
    take(table, "1", "1", "1");
    // the upstream had not seen the other three
    tell(table, first, 5, START.plusSeconds(300));
    take(table, "1");
    long fifth = first + 4;
    tell(table, fifth, 1, START.plusSeconds(300));
    take(table, "1");
    // late news of another kind: the second one's answer knew neither the fifth nor the sixth
    tell(table, first + 1, 2, START.plusSeconds(400));
    assertThat(retryAfter(table)).isEqualTo(Duration.ofSeconds(400));
  }

  @Test
  void turnsThatNobodyReportsTakeNothingFromABudget() {
    RotationTable table = table(TokenLimits.NONE, "1");
    take(table, "1", "1", "1", "1");
    long fifth = table.next(ACCOUNT).join().number();
    tell(table, fifth, 9, START.plusSeconds(300));
    take(table, "1", "1", "1");
    tell(table, fifth + 3, 6, START.plusSeconds(300));
    take(table, "1", "1", "1", "1", "1", "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void aQuotaThatIsSpentByAClockFarAheadIsNotSpentUntilThen() {
    RotationTable table = table(dayQuota(1), "1");
    millis.addAndGet(Duration.ofDays(30).toMillis());
    take(table, "1");
    millis.addAndGet(-Duration.ofDays(30).toMillis());
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(12));
  }

  @Test
  void aQuotaBeginsAnewAtItsWallClockTime() {
    RotationTable table = table(dayQuota(2), "1");
    take(table, "1", "1");
    // 00:00 in Berlin is 22:00 UTC in summer
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(12));
    // a clock that is set changes when that is
    millis.addAndGet(Duration.ofHours(5).toMillis());
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(7));
    millis.addAndGet(Duration.ofHours(7).toMillis());
    take(table, "1", "1");
    // set back, what was used of the new period still counts, and until its end
    millis.addAndGet(-Duration.ofHours(1).toMillis());
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(25));
    assertThat(table.state(ACCOUNT, 9).orElseThrow().tokens().get(0).readyTime())
        .isEqualTo(START.plus(Duration.ofHours(36)));
  }

  @Test
  void aRateDoesNotCareAboutTheWallClock() {
    RotationTable table = table(rate(1, Duration.ofHours(1)), "1");
    take(table, "1");
    millis.addAndGet(Duration.ofDays(400).toMillis());
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(1));
    millis.addAndGet(-Duration.ofDays(900).toMillis());
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void usageOutlivesTheProcess() {
    TokenLimits both =
        new TokenLimits(
            List.of(
                new RateLimit(100, Duration.ofHours(1)), new RateLimit(100, Duration.ofSeconds(1))),
            dayQuota(30).quotas(),
            0,
            0);
    RotationTable table = table(both, "1");
    assertThat(table.unsavedUsage()).isEmpty();
    for (int i = 0; i < 20; i++) {
      take(table, "1");
      pass(Duration.ofSeconds(1));
    }
    tell(table, 7, START.plus(Duration.ofHours(1)));
    Map<AccountId, Map<TokenId, List<Usage>>> unsaved = table.unsavedUsage();
    List<Usage> saved = unsaved.getOrDefault(ACCOUNT, Map.of()).getOrDefault(ONE, List.of());
    assertThat(saved).extracting(Usage::limit).hasSize(3).contains("rate:PT1H", "budget");
    assertThat(saved)
        .allSatisfy(u -> assertThat(u.charges()).hasSizeLessThanOrEqualTo(Usage.MAX_CHARGES));
    take(table, "1");
    table.usageSaved(unsaved);
    assertThat(table.unsavedUsage()).as("used since").isNotEmpty();
    table.usageSaved(table.unsavedUsage());
    assertThat(table.unsavedUsage()).isEmpty();

    usage = Map.of(ONE, saved);
    RotationTable next = table(both, "1");
    take(next, "1", "1", "1", "1", "1", "1", "1");
    assertThat(retryAfter(next)).isEqualTo(Duration.ofHours(1).minusSeconds(20));
    pass(Duration.ofHours(1).minusSeconds(20));
    // 27 of 30 are used
    take(next, "1", "1", "1");
    assertThat(retryAfter(next)).isEqualTo(Duration.ofHours(11));
  }

  @Test
  void aRefreshKeepsWhatWasUsed() {
    RotationTable table = table(rate(2, Duration.ofMinutes(1)), "1", "2");
    take(table, "1", "2", "1");
    table.reload(ACCOUNT).join();
    take(table, "2");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofMinutes(1));
    limits = rate(3, Duration.ofMinutes(1));
    table.reload(ACCOUNT).join();
    take(table, "1", "2");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void aChangeOfLimitsKeepsEachQuotasCount() {
    Quota midnight = quota(5, LocalTime.MIDNIGHT);
    // resets at noon UTC, two hours after the start
    Quota afternoon = quota(4, LocalTime.of(14, 0));
    RotationTable table =
        table(new TokenLimits(List.of(), List.of(midnight, afternoon), 0, 0), "1");
    take(table, "1", "1", "1", "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(2));
    pass(Duration.ofHours(2));

    limits = new TokenLimits(List.of(), List.of(midnight, afternoon), 9, 0);
    table.reload(ACCOUNT).join();
    take(table, "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(10));
    // of one that was not there before, as many are taken for used as of the most used
    limits = new TokenLimits(List.of(), List.of(quota(6, LocalTime.of(1, 0)), afternoon), 9, 0);
    table.reload(ACCOUNT).join();
    take(table, "1");
    assertThat(retryAfter(table)).isEqualTo(Duration.ofHours(11));
  }

  @Test
  void quotasThatResetTogetherAreNotCountedTwiceAfterARestart() {
    TokenLimits twice =
        new TokenLimits(
            List.of(), List.of(quota(6, LocalTime.MIDNIGHT), quota(4, LocalTime.MIDNIGHT)), 0, 0);
    RotationTable table = table(twice, "1");
    take(table, "1", "1");
    usage = table.unsavedUsage().getOrDefault(ACCOUNT, Map.of());
    RotationTable next = table(twice, "1");
    take(next, "1", "1");
    assertThat(retryAfter(next)).isEqualTo(Duration.ofHours(12));
  }

  @Test
  void aResetForgetsWhatWasUsed() {
    RotationTable table = table(dayQuota(1), "1");
    take(table, "1");
    assertThat(table.state(ACCOUNT, 9).orElseThrow().tokens().get(0).benched())
        .isEqualTo(BenchReason.RATE_LIMIT);
    assertThat(table.reset(ACCOUNT, ONE).join().benched()).isNull();
    assertThat(table.unsavedUsage().getOrDefault(ACCOUNT, Map.of())).containsEntry(ONE, List.of());
    take(table, "1");
  }

  @Test
  void sixtyFourThreadsCannotPassALimit() throws Exception {
    Duration window = Duration.ofMillis(20);
    int count = 40;
    limits = new TokenLimits(List.of(new RateLimit(count, window)), dayQuota(5_000).quotas(), 0, 0);
    RotationTable table =
        new RotationTable(
            account -> CompletableFuture.completedFuture(snapshot(Fixtures.tokens(3))),
            settings(Duration.ZERO),
            System::nanoTime,
            () -> START,
            (delay, task) -> {},
            account -> {},
            EvictionGuard.NONE,
            Rights.ALL);
    record Taken(String token, long before, long behind) {}
    // whoever came while it is loaded would hear later what became of the call
    table.load(ACCOUNT).join();
    ExecutorService threads = Executors.newFixedThreadPool(64);
    try {
      List<Future<List<Taken>>> all = new ArrayList<>();
      // five windows of each token, and a few more by those who are at it then
      AtomicInteger wanted = new AtomicInteger(5 * 3 * count);
      for (int i = 0; i < 64; i++) {
        all.add(
            threads.submit(
                () -> {
                  List<Taken> taken = new ArrayList<>();
                  while (wanted.get() > 0) {
                    long before = System.nanoTime();
                    CompletableFuture<Turn> turn = table.next(ACCOUNT);
                    if (!turn.isCompletedExceptionally()) {
                      wanted.decrementAndGet();
                      taken.add(
                          new Taken(turn.join().token().id().value(), before, System.nanoTime()));
                    }
                  }
                  return taken;
                }));
      }
      List<Taken> taken = new ArrayList<>();
      for (Future<List<Taken>> one : all) {
        taken.addAll(one.get());
      }
      for (String id : List.of("1", "2", "3")) {
        // surely handed out at or before these times, and at or behind those
        long[] latest =
            taken.stream().filter(t -> t.token().equals(id)).mapToLong(Taken::behind).toArray();
        long[] earliest =
            taken.stream().filter(t -> t.token().equals(id)).mapToLong(Taken::before).toArray();
        Arrays.sort(latest);
        Arrays.sort(earliest);
        assertThat(latest.length).isLessThanOrEqualTo(5_000);
        for (int i = 0; i + count < latest.length; i++) {
          assertThat(latest[i + count] - earliest[i]).isGreaterThanOrEqualTo(window.toNanos());
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static TokenLimits rate(long count, Duration window) {
    return new TokenLimits(List.of(new RateLimit(count, window)), List.of(), 0, 0);
  }

  private static TokenLimits dayQuota(long count) {
    return new TokenLimits(List.of(), List.of(quota(count, LocalTime.MIDNIGHT)), 0, 0);
  }

  private static Quota quota(long count, LocalTime reset) {
    return new Quota(count, Period.DAY, ZoneId.of("Europe/Berlin"), reset, 1);
  }

  private static RotationSettings settings(Duration limitMargin) {
    RotationSettings d = Defaults.ROTATION;
    return new RotationSettings(
        d.unknownTtl(),
        d.maxScopes(),
        d.maxWaiters(),
        d.waitMargin(),
        limitMargin,
        d.turnTimeout(),
        d.maxProbeDelay(),
        Long.MAX_VALUE);
  }

  private RotationTable table(TokenLimits limits, String... ids) {
    return table(limits, settings(Duration.ZERO), ids);
  }

  private RotationTable table(TokenLimits limits, RotationSettings settings, String... ids) {
    this.limits = limits;
    return table(List.of(ids).stream().map(Fixtures::token).toList(), settings);
  }

  private RotationTable table(List<Token> tokens, RotationSettings settings) {
    RotationTable table =
        new RotationTable(
            account -> CompletableFuture.completedFuture(snapshot(tokens)),
            settings,
            nanos::get,
            () -> Instant.ofEpochMilli(millis.get()),
            (delay, task) -> {},
            account -> {},
            EvictionGuard.NONE,
            Rights.ALL);
    table.load(ACCOUNT).join();
    return table;
  }

  private AccountSnapshot snapshot(List<Token> tokens) {
    return new AccountSnapshot(
        tokens, Position.START, new Fingerprint(1, 1), limits, Map.of(), usage);
  }

  private void pass(Duration time) {
    long before = nanos.getAndAdd(time.toNanos());
    millis.addAndGet(nanos.get() / 1_000_000 - before / 1_000_000);
  }

  private static void report(RotationTable table, long turn) {
    table.report(ACCOUNT, ONE, turn, List.of(), (h, a, now) -> new Verdict(h, a)).join();
  }

  private static void tell(RotationTable table, long remaining, Instant reset) {
    tell(table, 0, remaining, reset);
  }

  private static void tell(RotationTable table, long turn, long remaining, Instant reset) {
    table
        .report(
            ACCOUNT,
            ONE,
            turn,
            List.of(new UpstreamBudget(remaining, reset)),
            (h, a, now) -> new Verdict(h, AccountHealth.GOOD))
        .join();
  }

  private static void take(RotationTable table, String... ids) {
    for (String id : ids) {
      assertThat(table.next(ACCOUNT).join().token().id().value()).isEqualTo(id);
    }
  }

  private static Duration retryAfter(RotationTable table) {
    CompletionException e =
        Assertions.catchThrowableOfType(
            CompletionException.class, () -> table.next(ACCOUNT).join());
    assertThat(e.getCause()).is(because(FailureReason.TOKENS_COOLING));
    return ((BrokerException) Objects.requireNonNull(e.getCause()))
        .details()
        .retryAfter()
        .orElseThrow();
  }
}
