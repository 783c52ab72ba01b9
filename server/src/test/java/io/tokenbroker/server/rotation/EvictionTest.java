package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class EvictionTest {
  private static final AccountId ONE = new AccountId("one");
  private static final TokenId TOKEN = new TokenId("1");
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Room for 30 to 40 accounts. */
  private static final long MAX_BYTES = 60_000;

  private final SavedAccounts store = new SavedAccounts();
  private final AtomicLong millis = new AtomicLong(Bed.START.toEpochMilli());
  private final Set<AccountId> kept = new HashSet<>();
  private final List<AccountId> left = new ArrayList<>();
  private boolean savesWhenAsked = true;
  private int asked;
  private final RotationTable table =
      new RotationTable(
          store,
          Defaults.rotation(MAX_BYTES),
          () -> millis.get() * 1_000_000,
          () -> Instant.ofEpochMilli(millis.get()),
          (delay, task) -> {},
          changed -> {},
          new EvictionGuard() {
            @Override
            public boolean keeps(AccountId account) {
              return kept.contains(account);
            }

            @Override
            public void save() {
              asked++;
              if (savesWhenAsked) {
                store.save(table());
              }
            }

            @Override
            public void left(AccountId account) {
              left.add(account);
            }
          },
          Rights.ALL);

  private RotationTable table() {
    return table;
  }

  /** Takes a turn of so many other accounts. */
  private void flood(int accounts) {
    for (int i = 0; i < accounts; i++) {
      Turn unused = table.next(new AccountId("other-" + i)).join();
      table.evict();
    }
  }

  private boolean isLoaded(AccountId account) {
    return table.state(account, 0).isPresent();
  }

  private void pass(Duration time) {
    millis.addAndGet(time.toMillis());
  }

  @Test
  void moreAccountsThanFitAreServedOneAfterTheOther() {
    for (int round = 1; round <= 6; round++) {
      for (int i = 0; i < 500; i++) {
        Turn turn = table.next(new AccountId("other-" + i)).join();
        table.evict();
        assertThat(turn.number()).isEqualTo(round);
        assertThat(turn.token().id().value()).isEqualTo("" + ((round - 1) % 3 + 1));
        assertThat(table.bytes()).isLessThanOrEqualTo(MAX_BYTES);
      }
    }
    assertThat(table.size()).isBetween(20, 60);
  }

  @Test
  void whatIsUsedStays() {
    for (int i = 0; i < 500; i++) {
      assertThat(table.next(ONE).join().number()).isEqualTo(i + 1);
      Turn unused = table.next(new AccountId("other-" + i)).join();
      table.evict();
    }
    assertThat(store.loads).containsEntry(ONE, 1);
  }

  @Test
  void ifAllAreUnsavedOthersAreRefusedUntilTheyAreSaved() {
    savesWhenAsked = false;
    assertThatThrownBy(() -> flood(500))
        .cause()
        .isInstanceOfSatisfying(
            BrokerException.class,
            busy -> {
              assertThat(busy.details().metadata())
                  .containsEntry("limit", "rotation.max_loaded_bytes");
              assertThat(busy.details().retryAfter().orElseThrow()).isPositive();
            });
    int loaded = table.size();
    assertThat(table.bytes()).isBetween(MAX_BYTES, MAX_BYTES + 4 * 1024);
    assertThat(asked).isPositive();
    // those that are loaded are served
    assertThat(table.next(new AccountId("other-0")).join().number()).isEqualTo(2);
    assertThat(table.size()).isEqualTo(loaded);

    store.save(table);
    table.evict();
    assertThat(table.next(new AccountId("late")).join().number()).isEqualTo(1);
  }

  /** Or one save would begin right after the other, for as long as it does not help. */
  @Test
  void aSaveDoesNotAskForTheNextOne() {
    savesWhenAsked = false;
    assertThatThrownBy(() -> flood(500)).is(because(FailureReason.BROKER_BUSY));
    asked = 0;
    table.saved(Map.of());
    table.usageSaved(Map.of());
    assertThatThrownBy(() -> table.load(ONE).join()).is(because(FailureReason.BROKER_BUSY));
    assertThat(asked).isZero();
    table.evict();
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void whoWaitsKeepsTheAccount() {
    store.limits =
        new TokenLimits(List.of(new RateLimit(1, Duration.ofMinutes(2))), List.of(), 0, 0);
    for (int i = 0; i < 3; i++) {
      Turn unused = table.next(ONE).join();
    }
    CompletableFuture<Turn> waiting = table.next(ONE, Scope.ALL, Wait.FOREVER);
    assertStaysWhile(() -> waiting.cancel(false));
  }

  @Test
  void aLeaseKeepsTheAccount() {
    TokenId held = table.hold(ONE, Scope.ALL, 1, Wait.NO).join().id();
    assertStaysWhile(() -> table.unhold(ONE, held));
  }

  @Test
  void whatOthersLeaseKeepsTheAccount() {
    table.load(ONE).join();
    table.leasedElsewhere(ONE, TOKEN, new RemoteHolds(1, Instant.MAX, 1));
    assertStaysWhile(() -> table.leasedElsewhere(ONE, TOKEN, new RemoteHolds(0, Instant.MAX, 2)));
  }

  @Test
  void aWatcherKeepsTheAccount() {
    table.load(ONE).join();
    kept.add(ONE);
    assertStaysWhile(() -> kept.remove(ONE));
  }

  @Test
  void aTurnInUseKeepsTheAccount() {
    store.limits = new TokenLimits(List.of(), List.of(), 2, 0);
    Turn unused = table.next(ONE).join();
    assertStaysWhile(() -> pass(Duration.ofSeconds(60)));
  }

  @Test
  void aShortWindowKeepsTheAccountUntilItIsOver() {
    store.limits = new TokenLimits(List.of(new RateLimit(5, SECOND)), List.of(), 0, 0);
    Turn unused = table.next(ONE).join();
    assertStaysWhile(() -> pass(SECOND.plusMillis(50)));
  }

  @Test
  void aCooldownThatIsNotSavedKeepsTheAccountUntilItIsOver() {
    cool(new AccountHealth(null, List.of()), SECOND);
    table.healthPasses(table.unsavedHealth());
    assertStaysWhile(() -> pass(SECOND));
  }

  @Test
  void aPauseKeepsTheAccountUntilItIsOver() {
    cool(
        new AccountHealth(Instant.ofEpochMilli(millis.get()).plus(SECOND), List.of()),
        Duration.ofMinutes(5));
    assertStaysWhile(() -> pass(SECOND));
  }

  private void cool(AccountHealth account, Duration time) {
    Reported unused =
        table
            .report(
                ONE,
                TOKEN,
                0,
                List.of(),
                (before, any, now) ->
                    new Verdict(
                        new Health(
                            0, Map.of(Scope.ALL, new Cooldown(1, now.plus(time), false)), null),
                        account))
            .join();
  }

  private void assertStaysWhile(Runnable end) {
    TokenLimits limits = store.limits;
    store.limits = TokenLimits.NONE;
    flood(500);
    assertThat(isLoaded(ONE)).isTrue();
    end.run();
    pass(Duration.ofMillis(100));
    flood(500);
    assertThat(isLoaded(ONE)).isFalse();
    store.limits = limits;
  }

  @Test
  void aSavedCooldownIsThereWhenTheAccountComesBack() {
    cool(new AccountHealth(null, List.of()), Duration.ofMinutes(5));
    flood(500);
    assertThat(isLoaded(ONE)).isFalse();
    List<String> turns = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      turns.add(table.next(ONE).join().token().id().value());
    }
    assertThat(turns).containsExactly("2", "3", "2", "3");
  }

  /** 256 turns in a window take 6 KiB: a handful of such accounts fit. */
  @Test
  void whatLimitsComeToHoldIsWithinTheBound() {
    store.tokens = Fixtures.tokens(1);
    store.limits =
        new TokenLimits(List.of(new RateLimit(256, Duration.ofHours(1))), List.of(), 0, 0);
    for (int i = 0; i < 40; i++) {
      for (int turn = 0; turn < 256; turn++) {
        pass(Duration.ofMillis(1));
        Turn unused = table.next(new AccountId("other-" + i)).join();
      }
      store.save(table);
      table.evict();
      table.evict();
      assertThat(table.size() * 6_144L).isLessThanOrEqualTo(MAX_BYTES + 6_144);
      assertThat(table.bytes()).isLessThanOrEqualTo(MAX_BYTES);
    }
  }

  @Test
  void turnsInUseCountUntilTheyAreReported() {
    store.limits = new TokenLimits(List.of(), List.of(), 100, 0);
    table.load(ONE).join();
    long before = table.bytes();
    List<Turn> turns = table.next(ONE, 300, 1 << 20).join();
    store.save(table);
    assertThat(table.bytes() - before).isGreaterThan(300 * 80);
    report(turns);
    store.save(table);
    assertThat(table.bytes() - before).isLessThan(3 * 2_000);
  }

  private void report(List<Turn> turns) {
    turns.forEach(
        turn ->
            table
                .report(
                    ONE,
                    turn.token().id(),
                    turn.number(),
                    List.of(),
                    (health, account, now) -> new Verdict(health, account))
                .join());
  }

  /** What is remembered of tokens that are as good as new, too. */
  @Test
  void aRefreshTakesNothingOffTheCount() {
    List<Turn> turns = table.next(ONE, 300, 1 << 20).join();
    report(turns);
    table.count();
    long before = table.bytes();
    table.reload(ONE).join();
    table.count();
    assertThat(table.bytes()).isEqualTo(before);
  }

  /** Whoever keeps anything of loaded accounts lets go of it. */
  @Test
  void whoHasLeftIsTold() {
    flood(500);
    assertThat(left).hasSize(500 - table.size()).doesNotHaveDuplicates();
    store.tokens = List.of();
    AccountId loaded =
        IntStream.range(0, table.loaded().parts())
            .mapToObj(table.loaded()::part)
            .flatMap(List::stream)
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> table.reload(loaded).join()).isNotNull();
    assertThat(left).contains(loaded);
  }

  @Test
  void manyScopesCount() {
    table.load(ONE).join();
    long before = table.bytes();
    for (int i = 0; i < 64; i++) {
      Turn unused = table.next(ONE, new Scope("scope-" + i), Wait.NO).join();
    }
    store.save(table);
    assertThat(table.bytes() - before).isGreaterThan(64 * 300);
  }
}
