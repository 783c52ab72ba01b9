package io.tokenbroker.server.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
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
      new RotationTable(
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
    var unused = table.unsavedPositions();
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
      assertThat(table.unsavedPositions()).containsOnlyKeys(account(0), account(1), account(2));
    }
    Map<AccountId, Position> positions = table.unsavedPositions();
    var unused = table.next(account(1)).join();
    table.saved(positions);
    assertThat(table.unsavedPositions()).containsOnlyKeys(account(1));
    assertThat(table.changed()).isEqualTo(1);
  }

  @Test
  void aTurnThatIsGivenBackWhileItIsSavedIsSavedAgain() {
    loadAll();
    Turn turn = table.next(account(1)).join();
    Map<AccountId, Position> saving = table.unsavedPositions();
    table.giveBack(account(1), Scope.ALL, List.of(turn));
    table.count();
    table.saved(saving);
    assertThat(table.unsavedPositions())
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
    assertThat(table.unsavedPositions()).isEmpty();
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
    Map<AccountId, Position> positions = table.unsavedPositions();
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
