package io.tokenbroker.server.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.Changes.Place;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore.Changed;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.LogLines;
import io.tokenbroker.server.testing.TestBroker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the periodic jobs do when their time has come. */
final class JobsTest {
  private static final AccountId ACME = new AccountId("acme");

  private static final int MANY = Refresher.FEW + 1_000;

  private final TestBroker broker = new TestBroker();
  private long seconds;

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void refreshSeesWhatChangedAndKeepsThePosition() {
    broker.store.put("acme", "s1", "s2", "s3");
    assertThat(List.of(next(), next())).containsExactly("s1", "s2");
    broker.store.put("acme", "s4");
    broker.refresher.refresh().join();
    assertThat(List.of(next(), next(), next())).containsExactly("s3", "s4", "s1");
  }

  @Test
  void refreshAsksOnceForAllAccountsAndReloadsOnlyWhatChanged() {
    for (int i = 0; i < 20; i++) {
      broker.store.put("account-" + i, "s" + i);
      broker.table.load(new AccountId("account-" + i)).join();
    }
    int before = broker.store.calls();
    broker.refresher.refresh().join();
    assertThat(broker.store.calls() - before).isEqualTo(1);
    broker.store.put("account-7", "new");
    broker.refresher.refresh().join();
    assertThat(broker.store.calls() - before).isEqualTo(3);
  }

  @Test
  void refreshAsksNothingWhileNothingIsLoaded() {
    broker.refresher.refresh().join();
    assertThat(broker.store.calls()).isZero();
  }

  @Test
  void refreshUnloadsAnAccountThatIsGone() {
    broker.store.put("acme", "s1");
    next();
    assertThat(broker.store.deleteAccount(ACME)).isEqualTo(1);
    broker.refresher.refresh().join();
    assertThat(broker.table.size()).isZero();
  }

  @Test
  void refreshSurvivesAnOutage() {
    broker.store.put("acme", "s1");
    next();
    broker.store.setDown(true);
    broker.refresher.refresh().join();
    assertThat(next()).isEqualTo("s1");
    broker.store.setDown(false);
    broker.millis.addAndGet(250);
    broker.store.put("acme", "s2");
    broker.refresher.refresh().join();
    assertThat(next()).isEqualTo("s2");
  }

  @Test
  void refreshSaysThatAllIsSeenAgainOnlyWhenItIs() {
    broker.store.put("acme", "s1");
    AtomicBoolean broken = new AtomicBoolean();
    RotationTable table =
        Defaults.table(
            account ->
                broken.get()
                    ? CompletableFuture.failedFuture(new IllegalStateException("broken"))
                    : CompletableFuture.completedFuture(broker.store.load(account)),
            Duration.ZERO,
            () -> 0,
            () -> Instant.EPOCH,
            account -> {});
    table.load(ACME).join();
    broker.store.put("acme", "s2");
    broken.set(true);
    try (StoreExecutor executor = new StoreExecutor(1, 10, 1L << 30, () -> 0);
        LogLines log = new LogLines(Refresher.class)) {
      Refresher refresher = new Refresher(broker.store, executor, table);
      for (int i = 0; i < 3; i++) {
        // the query answers, the account can't be read
        refresher.refresh().join();
      }
      broken.set(false);
      refresher.refresh().join();
      assertThat(log.lines())
          .filteredOn(line -> !line.contains("changed in the store"))
          .containsExactly(
              "WARN changed accounts not seen cause=java.lang.IllegalStateException: broken",
              "INFO changed accounts seen again");
    }
  }

  @Test
  void refreshDoesNotReloadAgainWhatThisBrokerHasReadBackMeanwhile() {
    broker.store.put("acme", "s1");
    next();
    int before = broker.store.calls();
    broker.store.beforeFingerprints(
        () -> {
          broker.store.put("acme", "s2");
          broker.table.reloadIfLoaded(ACME).join();
        });
    broker.refresher.refresh().join();
    // the fingerprints, and the broker's own reload
    assertThat(broker.store.calls() - before).isEqualTo(2);
    assertThat(tokens(ACME)).isEqualTo(2);
  }

  /** So many that what this broker changes of them is not read again. */
  private void loadBig() {
    for (int i = 0; i < 1_000; i++) {
      broker.store.put("acme", "s" + i);
    }
    assertThat(next()).isEqualTo("s0");
  }

  private Changed<?> added(String secret) {
    return broker.store.addTokens(
        ACME, List.of(new NewToken(new Secret(secret), TokenSettings.DEFAULT)));
  }

  private void add(String secret) {
    broker.table.changed(ACME, added(secret).change()).join();
  }

  @Test
  void refreshReadsNothingAgainThatThisBrokerGoesOnChanging() {
    loadBig();
    int before = broker.store.calls();
    broker.store.beforeFingerprints(() -> add("one"));
    broker.store.afterFingerprints(
        () -> {
          add("two");
          add("three");
        });
    broker.refresher.refresh().join();
    // the fingerprints, and what was added
    assertThat(broker.store.calls() - before).isEqualTo(1 + 3);
    assertThat(tokens(ACME)).isEqualTo(1_003);
  }

  @Test
  void refreshReadsNothingAgainThatThisBrokerIsAboutToPublish() {
    loadBig();
    add("one");
    int before = broker.store.calls();
    AtomicBoolean published = new AtomicBoolean();
    broker.store.beforeFingerprints(
        () -> {
          Changed<?> committed = added("two");
          broker.store.beforeFingerprints(
              () -> {
                broker.table.changed(ACME, committed.change()).join();
                published.set(true);
              });
        });
    broker.refresher.refresh().join();
    assertThat(published).isTrue();
    // fingerprints twice, and what was added
    assertThat(broker.store.calls() - before).isEqualTo(2 + 1);
    assertThat(tokens(ACME)).isEqualTo(1_002);
  }

  @Test
  void refreshSeesWhatOthersChangeBesideThisBroker() {
    loadBig();
    add("one");
    broker.store.put("acme", "by another");
    broker.refresher.refresh().join();
    assertThat(tokens(ACME)).isEqualTo(1_002);
    // what it once was is no excuse for what it is again
    broker.store.removeTokens(ACME, Set.of(new TokenId("1002")));
    broker.refresher.refresh().join();
    assertThat(tokens(ACME)).isEqualTo(1_001);
  }

  /** More accounts than every check compares. */
  private void loadMany() {
    for (int i = 0; i < MANY; i++) {
      broker.store.put("many-" + i, "s");
      broker.table.load(new AccountId("many-" + i)).join();
    }
    later();
    broker.refresher.refresh().join();
  }

  /** A refresh when all that has changed so far is long past; tells what it cost. */
  private int refresh() {
    int before = broker.store.calls();
    broker.refresher.refresh().join();
    later();
    return broker.store.calls() - before;
  }

  private void later() {
    seconds += 60;
    broker.store.setTime(Instant.ofEpochSecond(seconds));
  }

  @Test
  void refreshOfManyAccountsCostsAsMuchAsThatOfFew() {
    loadMany();
    // changes, and five portions of the round
    assertThat(refresh()).isEqualTo(6);
    broker.store.put("many-77", "new");
    // the same, one more portion, one reload
    assertThat(refresh()).isEqualTo(8);
    // looked at once more: what is committed late may be of a time that was seen
    assertThat(refresh()).isEqualTo(7);
    assertThat(refresh()).isEqualTo(6);
  }

  @Test
  void refreshOfManyAccountsSeesAtOnceWhatChanged() {
    loadMany();
    for (int i = 0; i < MANY; i++) {
      broker.store.put("unloaded-" + i, "s");
      AccountId changed = new AccountId("many-" + i * 7 % MANY);
      broker.store.put(changed.value(), "new");
      if (i % 1_000 == 0) {
        assertThat(refresh()).isPositive();
        assertThat(tokens(changed)).isEqualTo(2);
      }
    }
    AccountId gone = new AccountId("many-1");
    assertThat(broker.store.deleteAccount(gone)).isEqualTo(2);
    assertThat(refresh()).isPositive();
    assertThat(broker.table.state(gone, 1)).isEmpty();
  }

  @Test
  void refreshSeesMoreChangesThanItReadsAtATime() {
    loadMany();
    for (int i = 0; i < MANY; i++) {
      broker.store.put("many-" + i, "new");
    }
    try (LogLines log = new LogLines(Refresher.class)) {
      assertThat(refresh()).isPositive();
      assertThat(log.lines()).singleElement().asString().contains("count=" + MANY);
    }
    for (int i = 0; i < MANY; i++) {
      assertThat(tokens(new AccountId("many-" + i))).isEqualTo(2);
    }
  }

  @Test
  void refreshGetsRoundToWhatNoChangeTellsOf() {
    loadMany();
    for (int i = 0; i < MANY; i++) {
      broker.store.removeByHand("many-" + i);
    }
    assertThat(refresh() + refresh()).isPositive();
    assertThat(broker.table.size()).isZero();
  }

  @Test
  void refreshComparesAllAfterTheStoresClockWasSetBack() {
    loadMany();
    assertThat(refresh()).isEqualTo(6);
    broker.store.setTime(Instant.EPOCH);
    for (int i = 0; i < MANY; i++) {
      broker.store.removeByHand("many-" + i);
    }
    assertThat(refresh()).isPositive();
    assertThat(broker.table.size()).isZero();
  }

  /** Not after an hour either, for which the store need not tell all changes. */
  @Test
  void refreshComparesNoMoreWhileOneAccountCanNotBeRead() {
    loadMany();
    broker.store.put("many-77", "new");
    broker.store.breakAccount("many-77");
    for (int i = 0; i < 70; i++) {
      assertThat(refresh()).isPositive();
    }
    // changes, five portions of the round, and one reload
    assertThat(refresh()).isLessThanOrEqualTo(7);
  }

  @Test
  void refreshComparesAllOnceReloadsHaveFoundNoDatabaseForAnHour() {
    AtomicBoolean down = new AtomicBoolean();
    RotationTable table =
        Defaults.table(
            account ->
                down.get()
                    ? CompletableFuture.failedFuture(
                        BrokerException.storeUnavailable("down", Duration.ofSeconds(1), null))
                    : CompletableFuture.completedFuture(broker.store.load(account)),
            Duration.ZERO,
            () -> 0,
            () -> Instant.EPOCH,
            account -> {});
    for (int i = 0; i < MANY; i++) {
      broker.store.put("many-" + i, "s");
      table.load(new AccountId("many-" + i)).join();
    }
    later();
    try (StoreExecutor executor = new StoreExecutor(1, 10, 1L << 30, () -> 0)) {
      Refresher refresher = new Refresher(broker.store, executor, table);
      refresher.refresh().join();
      broker.store.put("many-77", "new");
      down.set(true);
      int calls = 0;
      for (int i = 0; i < 70; i++) {
        int before = broker.store.calls();
        refresher.refresh().join();
        calls = broker.store.calls() - before;
        later();
      }
      // changes, a portion of those, and all six of the round
      assertThat(calls).isEqualTo(8);
    }
  }

  @Test
  void refreshLoadsNothingThatHasLeftMeanwhile() {
    int count = 65;
    Set<AccountId> gone = ConcurrentHashMap.newKeySet();
    AtomicReference<CompletableFuture<@Nullable Void>> gate =
        new AtomicReference<>(CompletableFuture.completedFuture(null));
    Set<AccountId> asked = ConcurrentHashMap.newKeySet();
    RotationTable table =
        Defaults.table(
            account -> {
              asked.add(account);
              return (gone.contains(account) ? CompletableFuture.completedFuture(null) : gate.get())
                  .thenApply(open -> broker.store.load(account));
            },
            Duration.ZERO,
            () -> 0,
            () -> Instant.EPOCH,
            account -> {});
    for (int i = 0; i < count; i++) {
      broker.store.put("account-" + i, "s");
      table.load(new AccountId("account-" + i)).join();
      broker.store.put("account-" + i, "new");
    }
    asked.clear();
    gate.set(new CompletableFuture<>());
    try (StoreExecutor executor = new StoreExecutor(1, 10, 1L << 30, () -> 0)) {
      CompletableFuture<?> refresh = new Refresher(broker.store, executor, table).refresh();
      // all but one begin side by side, behind what the executor does now
      while (asked.size() < count - 1) {
        executor.run(() -> {}).join();
      }
      AccountId last =
          IntStream.range(0, count)
              .mapToObj(i -> new AccountId("account-" + i))
              .filter(account -> !asked.contains(account))
              .findFirst()
              .orElseThrow();
      gone.add(last);
      assertThat(broker.store.deleteAccount(last)).isEqualTo(2);
      assertThat(table.reload(last)).isCompletedExceptionally();
      asked.remove(last);
      gate.get().complete(null);
      refresh.join();
      assertThat(asked).doesNotContain(last);
    }
  }

  @Test
  void refreshComparesAllWhenChangesCanNotBeRead() {
    loadMany();
    for (int i = 0; i < MANY; i++) {
      broker.store.removeByHand("many-" + i);
    }
    broker.store.tellChanges(
        changes -> {
          throw new IllegalArgumentException("no date and time");
        });
    try (LogLines log = new LogLines(Refresher.class)) {
      assertThat(refresh()).isPositive();
      assertThat(log.lines())
          .filteredOn(line -> !line.contains("changed in the store"))
          .containsExactly(
              "WARN changes can't be read, all accounts are compared"
                  + " cause=java.lang.IllegalArgumentException: no date and time");
    }
    assertThat(broker.table.size()).isZero();
  }

  @Test
  void refreshComparesAllWhenPagesOfChangesDoNotGetOn() {
    loadMany();
    for (int i = 0; i < MANY; i++) {
      broker.store.removeByHand("many-" + i);
    }
    AtomicInteger pages = new AtomicInteger();
    Changes same =
        new Changes(Set.of(), Optional.of(Place.at(Instant.EPOCH)), Instant.ofEpochSecond(seconds));
    broker.store.tellChanges(
        changes -> {
          if (pages.incrementAndGet() > 100) {
            throw new IllegalStateException("for ever");
          }
          return Optional.of(same);
        });
    assertThat(refresh()).isPositive();
    assertThat(pages).hasValue(2);
    assertThat(broker.table.size()).isZero();
  }

  private int tokens(AccountId account) {
    return broker.table.state(account, 0).orElseThrow().tokenCount();
  }

  private String next() {
    Turn turn = broker.table.next(ACME).join();
    return turn.token().secret().reveal();
  }
}
