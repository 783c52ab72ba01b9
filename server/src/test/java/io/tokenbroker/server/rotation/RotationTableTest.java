package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.disabled;
import static io.tokenbroker.server.rotation.Fixtures.expiring;
import static io.tokenbroker.server.rotation.Fixtures.snapshot;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RotationTableTest {
  private static final Duration UNKNOWN_TTL = Duration.ofSeconds(1);

  private final FakeLoader loader = new FakeLoader();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final AtomicLong millis = new AtomicLong();
  private final List<AccountId> changes = new ArrayList<>();
  private final RotationTable table =
      Defaults.table(
          loader, UNKNOWN_TTL, nanos::get, () -> Instant.ofEpochMilli(millis.get()), changes::add);

  @Test
  void readsNothingBeforeTheFirstRequestAndThenOnce() throws Exception {
    assertThat(loader.begun()).isZero();
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    CompletableFuture<List<Turn>> second = table.next(ACCOUNT, 3, 1000);
    assertThat(first).isNotDone();
    loader.finish(snapshot(tokens(2)));
    assertThat(first).isDone();
    assertThat(second).isDone();
    assertThat(table.next(ACCOUNT).get().number()).isEqualTo(5);
    assertThat(loader.begun()).isEqualTo(1);
  }

  /** Or those who are answered could ask for another account, of which the lock is held as well. */
  @Test
  void aLoadThatFailsAtOnceIsNotHeardOfUnderTheLock() throws Exception {
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    loader.finish(snapshot(tokens(2)));
    assertThat(first).isDone();
    List<Boolean> free = new ArrayList<>();
    loader.atOnce(
        () -> {
          CompletableFuture<Turn> other =
              CompletableFuture.supplyAsync(() -> table.next(ACCOUNT).join());
          free.add(completes(other));
          return BrokerException.storeUnavailable("The store is down.", UNKNOWN_TTL, null);
        });
    TokenInfo info = new TokenInfo(new TokenId("1"), TokenSettings.DEFAULT);
    assertThat(table.changed(ACCOUNT, new TokenChange.Updated(info, info, Fingerprint.NONE)))
        .isCompletedExceptionally();
    assertThat(free).containsExactly(true);
  }

  private static boolean completes(CompletableFuture<?> future) {
    try {
      return future.get(5, TimeUnit.SECONDS) != null;
    } catch (TimeoutException | ExecutionException | InterruptedException e) {
      return false;
    }
  }

  @Test
  void remembersAnUnknownAccountForAShortWhileOnly() throws Exception {
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    loader.finish(snapshot(List.of()));
    assertThatThrownBy(first::get)
        .cause()
        .is(because(FailureReason.CREDENTIALS_DO_NOT_EXIST))
        .hasMessage("No credentials for account acme.");
    assertThat(table.size()).isZero();

    nanos.addAndGet(UNKNOWN_TTL.toNanos() - 1);
    assertThat(table.next(ACCOUNT)).isCompletedExceptionally();
    assertThat(loader.begun()).isEqualTo(1);

    nanos.addAndGet(1);
    CompletableFuture<Turn> later = table.next(ACCOUNT);
    loader.finish(snapshot(tokens(1)));
    assertThat(later.get().number()).isEqualTo(1);
  }

  @Test
  void forgetsThatAnAccountIsUnknownWhenTokensAreAdded() throws Exception {
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    loader.finish(snapshot(List.of()));
    assertThat(first).isCompletedExceptionally();
    assertThat(table.reloadIfLoaded(ACCOUNT)).isCompleted();
    assertThat(loader.begun()).isEqualTo(1);
    CompletableFuture<Turn> second = table.next(ACCOUNT);
    loader.finish(snapshot(tokens(1)));
    assertThat(second).isCompleted();
  }

  @Test
  void doesNotGrowWithUnknownAccounts() throws Exception {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 1_000; i++) {
        int begun = loader.begun();
        CompletableFuture<Turn> next = table.next(new AccountId("unknown-" + i));
        if (loader.begun() > begun) {
          loader.finish(snapshot(List.of()));
        }
        assertThat(next).isCompletedExceptionally();
      }
      assertThat(table.size()).isZero();
    }
    // most are remembered, but no more than there is room for
    assertThat(loader.begun()).isBetween(1_000, 2_999);
  }

  @Test
  void aFailedLoadLeavesNothingBehind() throws Exception {
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    loader.fail(new IllegalStateException("down"));
    assertThatThrownBy(first::get).hasCause(new IllegalStateException("down"));
    assertThat(table.size()).isZero();
    CompletableFuture<Turn> second = table.next(ACCOUNT);
    loader.finish(snapshot(tokens(1)));
    assertThat(second).isCompleted();
  }

  @Test
  void aLoaderThatThrowsIsAFailedLoad() {
    RotationTable broken =
        Defaults.table(
            account -> {
              throw new IllegalStateException("broken");
            },
            UNKNOWN_TTL,
            nanos::get,
            Instant::now,
            changes::add);
    assertThatThrownBy(() -> broken.next(ACCOUNT).get())
        .hasCause(new IllegalStateException("broken"));
    assertThat(broken.size()).isZero();
  }

  @Test
  void aFailedReloadKeepsWhatIsLoaded() throws Exception {
    load(snapshot(tokens(2)));
    CompletableFuture<Void> reload = table.reload(ACCOUNT);
    loader.fail(new IllegalStateException("down"));
    assertThat(reload).isCompletedExceptionally();
    assertThat(table.next(ACCOUNT)).isCompleted();
  }

  @Test
  void servesWhileAReloadRuns() throws Exception {
    load(snapshot(tokens(2)));
    CompletableFuture<Void> reload = table.reload(ACCOUNT);
    assertThat(id(table.next(ACCOUNT))).isEqualTo("1");
    loader.finish(snapshot(tokens(3)));
    assertThat(reload).isCompleted();
    assertThat(id(table.next(ACCOUNT))).isEqualTo("2");
    assertThat(id(table.next(ACCOUNT))).isEqualTo("3");
  }

  @Test
  void aReloadReadsTheStoreAfterItWasAskedFor() throws Exception {
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    // a load runs already, and may have read the store before the change that this is about
    CompletableFuture<Void> reload = table.reload(ACCOUNT);
    CompletableFuture<Void> same = table.reload(ACCOUNT);
    assertThat(loader.begun()).isEqualTo(1);
    loader.finish(snapshot(tokens(1)));
    assertThat(first).isCompleted();
    assertThat(reload).isNotDone();
    assertThat(loader.begun()).isEqualTo(2);
    loader.finish(snapshot(List.of(token("7"))));
    assertThat(reload).isCompleted();
    assertThat(same).isCompleted();
    assertThat(id(table.next(ACCOUNT))).isEqualTo("7");
    assertThat(loader.begun()).isEqualTo(2);
  }

  @Test
  void anAccountWithoutTokensLeavesTheTable() throws Exception {
    load(snapshot(tokens(2)));
    CompletableFuture<Void> reload = table.reload(ACCOUNT);
    loader.finish(snapshot(List.of()));
    assertThat(reload).isCompletedExceptionally();
    assertThat(table.size()).isZero();
    assertThat(table.state(ACCOUNT, 10)).isEmpty();
  }

  @Test
  void tellsWhyThereIsNoToken() throws Exception {
    load(snapshot(List.of(disabled("1"), disabled("2"), expiring("3", Instant.EPOCH))));
    assertThatThrownBy(() -> table.next(ACCOUNT).get())
        .isInstanceOf(ExecutionException.class)
        .cause()
        .is(because(FailureReason.TOKENS_QUARANTINED))
        .hasMessageContaining("2 disabled, 1 expired");
  }

  @Test
  void tellsOfChanges() throws Exception {
    load(snapshot(List.of(token("1"), expiring("2", Instant.ofEpochMilli(10)))));
    assertThat(changes).containsExactly(ACCOUNT);
    id(table.next(ACCOUNT));
    table.expire(ACCOUNT);
    assertThat(changes).hasSize(1);
    millis.set(10);
    table.expire(ACCOUNT);
    assertThat(changes).hasSize(2);
    CompletableFuture<Void> reload = table.reload(ACCOUNT);
    loader.finish(snapshot(List.of()));
    assertThat(reload).isCompletedExceptionally();
    assertThat(changes).hasSize(3);
  }

  @Test
  void tellsOfAnExpiryThatACallFinds() throws Exception {
    load(snapshot(List.of(token("1"), expiring("2", Instant.ofEpochMilli(10)))));
    millis.set(10);
    assertThat(id(table.next(ACCOUNT))).isEqualTo("1");
    assertThat(id(table.next(ACCOUNT))).isEqualTo("1");
    assertThat(changes).hasSize(2);
  }

  @Test
  void tellsOfAnExpiryThatALookFinds() throws Exception {
    load(snapshot(List.of(token("1"), expiring("2", Instant.ofEpochMilli(10)))));
    millis.set(10);
    assertThat(table.state(ACCOUNT, 10).orElseThrow().readyCount()).isEqualTo(1);
    assertThat(changes).hasSize(2);
  }

  @Test
  void aSnapshotThatCannotBeUsedIsAFailedLoad() throws Exception {
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    // too late for milliseconds in a long
    loader.finish(snapshot(List.of(expiring("1", Instant.MAX))));
    assertThat(first).isCompletedExceptionally();
    assertThat(table.size()).isZero();
    CompletableFuture<Turn> second = table.next(ACCOUNT);
    loader.finish(snapshot(tokens(1)));
    assertThat(second).isCompleted();
  }

  @Test
  void tellsPositionsUntilTheyAreSaved() throws Exception {
    load(snapshot(tokens(3)));
    assertThat(Fixtures.moved(table)).isEmpty();
    id(table.next(ACCOUNT));
    Map<AccountId, Position> first = Fixtures.moved(table);
    assertThat(first.get(ACCOUNT).turn()).isEqualTo(1);
    id(table.next(ACCOUNT));
    table.saved(first);
    assertThat(Fixtures.moved(table).get(ACCOUNT).turn()).isEqualTo(2);
    table.saved(Fixtures.moved(table));
    assertThat(Fixtures.moved(table)).isEmpty();
  }

  @Test
  void completesFuturesOutsideTheLock() throws Exception {
    // a dependent stage that waits for another thread that needs the same stripe
    CompletableFuture<Turn> other =
        table
            .next(ACCOUNT)
            .thenApply(turn -> CompletableFuture.supplyAsync(() -> table.next(ACCOUNT).join()))
            .thenApply(turn -> turn.orTimeout(20, TimeUnit.SECONDS).join());
    loader.finish(snapshot(tokens(2)));
    assertThat(other.get().number()).isEqualTo(2);
  }

  private void load(AccountSnapshot snapshot) throws Exception {
    CompletableFuture<Void> load = table.load(ACCOUNT);
    loader.finish(snapshot);
    load.get();
  }

  private static String id(CompletableFuture<Turn> turn) throws Exception {
    return turn.get().token().id().value();
  }
}
