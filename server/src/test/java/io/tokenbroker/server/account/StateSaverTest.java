package io.tokenbroker.server.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Alarm;
import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.rotation.EvictionGuard;
import io.tokenbroker.server.rotation.ReportRule;
import io.tokenbroker.server.rotation.Rights;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.FakeTokenStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is saved of accounts that are put out to make room for others. */
final class StateSaverTest {
  private static final AccountId ACME = new AccountId("acme");
  private static final TokenId ONE = new TokenId("1");
  private static final TokenSettings HOURLY =
      new TokenSettings(
          "",
          1,
          true,
          null,
          new TokenLimits(List.of(new RateLimit(40, Duration.ofHours(1))), List.of(), 0, 0));
  private static final Alarm NO_ALARM = (delay, task) -> {};

  /** Room for 30 to 40 accounts. */
  private static final long MAX_BYTES = 60_000;

  private final AtomicLong millis =
      new AtomicLong(Instant.parse("2030-01-01T00:00:00Z").toEpochMilli());
  private final FakeTokenStore store = new FakeTokenStore();
  private final StoredHealth stored = new StoredHealth();
  private final StoreExecutor executor = new StoreExecutor(1, 1_000, 1 << 20, this::nanos);
  private final RotationTable table =
      new RotationTable(
          account -> CompletableFuture.completedFuture(stored.loaded(account, store.load(account))),
          Defaults.rotation(MAX_BYTES),
          this::nanos,
          this::now,
          NO_ALARM,
          changed -> {},
          new EvictionGuard() {
            @Override
            public boolean keeps(AccountId account) {
              return false;
            }

            @Override
            public void save() {}

            @Override
            public void left(AccountId account) {
              stored.left(account, table()::contains);
            }
          },
          Rights.ALL);
  private final PositionSaver positions =
      new PositionSaver(store, executor, table, () -> Epochs.ALL);
  private final StateSaver states =
      new StateSaver(
          store,
          executor,
          table,
          this::now,
          stored,
          Duration.ofSeconds(10),
          () -> Epochs.ALL,
          (others, since) -> {});

  @AfterEach
  void close() {
    executor.close(Duration.ofSeconds(10));
  }

  private RotationTable table() {
    return table;
  }

  private long nanos() {
    return millis.get() * 1_000_000;
  }

  private Instant now() {
    return Instant.ofEpochMilli(millis.get());
  }

  @Test
  void aShortCooldownAfterALongOneKeepsTheAccount() {
    store.put("acme", "s1", "s2");
    cool(ACME, ONE, Duration.ofMinutes(5));
    save();
    assertThat(store.savedHealth("acme")).containsOnlyKeys(ONE);
    cool(ACME, ONE, Duration.ofSeconds(9));
    save();
    assertThat(store.savedHealth("acme")).isEmpty();
    useOthers();
    assertThat(List.of(next(ACME), next(ACME), next(ACME))).containsExactly("s2", "s2", "s2");

    millis.addAndGet(9_000);
    assertThat(List.of(next(ACME), next(ACME))).containsExactlyInAnyOrder("s1", "s2");
    save();
    useOthers();
    assertThat(table.state(ACME, 0)).isEmpty();
  }

  /** Whoever waits for a save tries it again, and would take it for done. */
  @Test
  void whatTheStoreRefusesIsNotTakenForSaved() {
    store.put("acme", "s1", HOURLY);
    store.put("other", "s1", HOURLY);
    assertThat(next(ACME)).isEqualTo("s1");
    assertThat(next(new AccountId("other"))).isEqualTo("s1");
    cool(ACME, ONE, Duration.ofMinutes(5));
    store.give("acme");
    for (int i = 0; i < 3; i++) {
      assertThat(states.save().join()).isFalse();
      assertThat(table.unsavedUsage()).containsOnlyKeys(ACME);
      assertThat(table.unsavedHealth()).containsOnlyKeys(ACME);
    }
  }

  @Test
  void whatIsKnownOfAccountsThatLeftLeavesToo() {
    for (int i = 0; i < 300; i++) {
      AccountId sick = new AccountId("sick-" + i);
      store.put(sick.value(), "s1", "s2");
      cool(sick, table.next(sick).join().token().id(), Duration.ofMinutes(5));
      save();
      // as the periodic job does
      table.evict();
      table.evict();
    }
    assertThat(table.size()).isLessThan(60);
    assertThat(stored.accounts()).isBetween(1, table.size());
  }

  @Test
  void whatIsKnownOfAnAccountThatCameBackStays() {
    store.put("acme", "s1", "s2");
    cool(ACME, ONE, Duration.ofMinutes(5));
    save();
    useOthers();
    assertThat(table.contains(ACME)).isFalse();
    assertThat(stored.contains(ACME, ONE)).isFalse();
    assertThat(next(ACME)).isEqualTo("s2");
    assertThat(stored.contains(ACME, ONE)).isTrue();
    // told late
    stored.left(ACME, table::contains);
    assertThat(stored.contains(ACME, ONE)).isTrue();
  }

  @Test
  void whatIsSavedOfAnAccountThatIsGoneIsNotKept() {
    store.put("acme", "s1", "s2");
    next(ACME);
    CompletableFuture<Boolean> saving;
    synchronized (store) {
      cool(ACME, ONE, Duration.ofMinutes(5));
      saving = states.save();
      assertThat(store.deleteAccount(ACME)).isEqualTo(2);
      assertThat(table.reload(ACME)).isCompletedExceptionally();
    }
    assertThat(saving.join()).isTrue();
    assertThat(stored.accounts()).isZero();
  }

  private void useOthers() {
    for (int i = 0; i < 200; i++) {
      AccountId other = new AccountId("other-" + i);
      store.put(other.value(), "s");
      assertThat(next(other)).isEqualTo("s");
      save();
    }
  }

  private void save() {
    assertThat(positions.save().join()).isTrue();
    assertThat(states.save().join()).isTrue();
  }

  private String next(AccountId account) {
    return table.next(account).join().token().secret().reveal();
  }

  private void cool(AccountId account, TokenId token, Duration time) {
    ReportRule judge =
        (before, any, now) ->
            new Verdict(
                new Health(0, Map.of(Scope.ALL, new Cooldown(1, now.plus(time), false)), null),
                any);
    var unused = table.report(account, token, 0, List.of(), judge).join();
  }
}
