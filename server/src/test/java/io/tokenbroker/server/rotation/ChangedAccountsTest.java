package io.tokenbroker.server.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a round of saving looks at. */
final class ChangedAccountsTest {
  private static final int ACCOUNTS = 2_000;

  private final SavedAccounts store = new SavedAccounts();

  /** Every look at an account's limits asks what time it is. */
  private final AtomicInteger asked = new AtomicInteger();

  private final RotationTable table =
      Defaults.table(
          store,
          Duration.ofSeconds(1),
          () -> 0,
          () -> {
            asked.incrementAndGet();
            return Bed.START;
          },
          changed -> {});

  private static AccountId account(int number) {
    return new AccountId("account-" + number);
  }

  private void loadAll() {
    for (int i = 0; i < ACCOUNTS; i++) {
      var unused = table.next(account(i)).join();
    }
    store.save(table);
    round();
  }

  private void round() {
    var unused = Fixtures.moved(table);
    var unusedHealth = table.unsavedHealth();
    var unusedUsage = table.unsavedUsage();
  }

  @Test
  void withNothingChangedARoundLooksAtNoAccount() {
    store.limits = new TokenLimits(List.of(new RateLimit(9, Duration.ofHours(1))), List.of(), 0, 0);
    loadAll();
    assertThat(table.size()).isEqualTo(ACCOUNTS);
    asked.set(0);
    for (int i = 0; i < 3; i++) {
      round();
    }
    assertThat(asked).hasValue(0);
    assertThat(table.changed()).isZero();
  }

  @Test
  void whatChangedIsLookedAtUntilItIsSaved() {
    loadAll();
    for (int i = 0; i < 30; i++) {
      var unused = table.next(account(i % 3)).join();
    }
    assertThat(table.changed()).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      // a save that fails
      assertThat(Fixtures.moved(table)).containsOnlyKeys(account(0), account(1), account(2));
    }
    Map<AccountId, Position> positions = Fixtures.moved(table);
    var unused = table.next(account(1)).join();
    table.saved(positions);
    assertThat(Fixtures.moved(table)).containsOnlyKeys(account(1));
    assertThat(table.changed()).isEqualTo(1);
  }

  /** They are looked at on the thread of whoever reports that a token is to go into quarantine. */
  @Test
  void whatOnlyHadTurnsIsNotLookedAtForTheStatesOfItsTokens() {
    store.limits =
        new TokenLimits(List.of(new RateLimit(9, Duration.ofSeconds(1))), List.of(), 0, 0);
    loadAll();
    for (int i = 0; i < ACCOUNTS; i++) {
      var unused = table.next(account(i)).join();
    }
    assertThat(table.changed()).isEqualTo(ACCOUNTS);
    asked.set(0);
    assertThat(table.unsavedHealth()).isEmpty();
    assertThat(table.unsavedUsage()).isEmpty();
    assertThat(asked).hasValue(0);
  }

  @Test
  void whoseStatesAreSavedIsLookedAtNoMore() {
    store.limits = new TokenLimits(List.of(new RateLimit(9, Duration.ofHours(1))), List.of(), 0, 0);
    loadAll();
    for (int i = 0; i < 3; i++) {
      var unused = table.next(account(i)).join();
    }
    asked.set(0);
    assertThat(table.unsavedUsage()).hasSize(3);
    assertThat(asked).hasValue(3);
    table.usageSaved(table.unsavedUsage());
    assertThat(table.unsavedUsage()).isEmpty();
    asked.set(0);
    assertThat(table.unsavedUsage()).isEmpty();
    assertThat(asked).hasValue(0);
  }

  /** A store that is away is told of none of the others, which may be all. */
  @Test
  void positionsAreLookedForAsTheyAreAskedFor() {
    loadAll();
    for (int i = 0; i < ACCOUNTS; i++) {
      var unused = table.next(account(i)).join();
    }
    UnsavedPositions round = table.unsavedPositions();
    Map<AccountId, Position> told = new HashMap<>(round.next(10));
    assertThat(told).hasSize(10);
    for (int i = 0; i < ACCOUNTS; i++) {
      var unused = table.next(account(i)).join();
    }
    for (Map<AccountId, Position> next = round.next(700); !next.isEmpty(); next = round.next(700)) {
      assertThat(next)
          .hasSizeLessThanOrEqualTo(700)
          .doesNotContainKeys(told.keySet().toArray(AccountId[]::new));
      next.forEach((account, position) -> assertThat(position.turn()).isEqualTo(3));
      told.putAll(next);
    }
    assertThat(told).hasSize(ACCOUNTS);
  }

  @Test
  void aTurnThatIsGivenBackWhileItIsSavedIsSavedAgain() {
    loadAll();
    Turn turn = table.next(account(1)).join();
    Map<AccountId, Position> saving = Fixtures.moved(table);
    table.giveBack(account(1), Scope.ALL, List.of(turn));
    table.count();
    table.saved(saving);
    assertThat(Fixtures.moved(table))
        .extractingByKey(account(1))
        .extracting(Position::turn)
        .isEqualTo(turn.number() - 1);
  }

  @Test
  void whatWasOnlyLookedAtIsNotThereInTheNextRound() {
    loadAll();
    assertThat(table.state(account(7), 10)).isPresent();
    round();
    assertThat(table.changed()).isZero();
  }

  @Test
  void whatIsGoneIsNotLookedAt() {
    loadAll();
    var unused = table.next(account(1)).join();
    store.tokens = List.of();
    assertThat(table.reload(account(1))).isCompletedExceptionally();
    assertThat(table.changed()).isZero();
    assertThat(Fixtures.moved(table)).isEmpty();
  }

  /** Rounds of several savers, side by side with calls. */
  @Test
  void nothingIsMissed() throws InterruptedException {
    loadAll();
    Map<AccountId, Position> saved = new ConcurrentHashMap<>();
    AtomicBoolean done = new AtomicBoolean();
    List<CompletableFuture<Map<AccountId, Integer>>> callers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      long seed = i;
      callers.add(CompletableFuture.supplyAsync(() -> call(new Random(seed))));
    }
    Thread states =
        new Thread(
            () -> {
              while (!done.get()) {
                table.healthSaved(table.unsavedHealth());
                table.usageSaved(table.unsavedUsage());
              }
            });
    states.start();
    CompletableFuture<Void> all =
        CompletableFuture.allOf(callers.toArray(CompletableFuture<?>[]::new));
    while (!all.isDone()) {
      save(saved);
    }
    done.set(true);
    states.join();
    save(saved);
    Map<AccountId, Integer> turns = new HashMap<>();
    callers.forEach(
        caller ->
            caller.join().forEach((account, count) -> turns.merge(account, count, Integer::sum)));
    turns.forEach(
        (account, count) ->
            assertThat(saved)
                .extractingByKey(account)
                .extracting(Position::turn)
                .isEqualTo(count + 1L));
    round();
    assertThat(table.changed()).isZero();
  }

  private void save(Map<AccountId, Position> saved) {
    Map<AccountId, Position> positions = Fixtures.moved(table);
    saved.putAll(positions);
    table.saved(positions);
  }

  private Map<AccountId, Integer> call(Random random) {
    Map<AccountId, Integer> turns = new HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      AccountId account = account(random.nextInt(ACCOUNTS));
      var unused = table.next(account).join();
      turns.merge(account, 1, Integer::sum);
    }
    return turns;
  }
}
