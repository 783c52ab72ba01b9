package io.tokenbroker.server.account;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.FakeTokenStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AccountReadsTest {
  private static final int WAITING = 10_000;

  private final FakeTokenStore store = new FakeTokenStore();
  private final StoreExecutor executor = new StoreExecutor(2, 10, 1L << 30, () -> 0);
  private final AccountReads reads = new AccountReads(store, executor, 1, WAITING);

  @AfterEach
  void close() {
    executor.close();
  }

  private List<CompletableFuture<AccountSnapshot>> read(int count) {
    List<CompletableFuture<AccountSnapshot>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(reads.read(new AccountId("account-" + i)));
    }
    return all;
  }

  @Test
  void thoseAskedForMeanwhileAreReadTogether() {
    List<CompletableFuture<AccountSnapshot>> all;
    int count = 1 + 3 * TokenStore.MAX_LOADED;
    for (int i = 0; i < count; i++) {
      store.put("account-" + i, "s" + i);
    }
    synchronized (store) {
      all = read(count);
    }
    for (int i = 0; i < count; i++) {
      assertThat(all.get(i).join().tokens())
          .singleElement()
          .extracting(token -> token.secret().reveal())
          .isEqualTo("s" + i);
    }
    assertThat(store.calls()).isEqualTo(4);
    assertThat(reads.read(new AccountId("account-0")).join().tokens()).hasSize(1);
    assertThat(store.calls()).isEqualTo(5);
  }

  @Test
  void oneThatCannotBeReadDoesNotHurtOthers() {
    for (int i = 0; i < 10; i++) {
      store.put("account-" + i, "s");
    }
    store.breakAccount("account-7");
    List<CompletableFuture<AccountSnapshot>> all;
    synchronized (store) {
      all = read(10);
    }
    for (int i = 0; i < 10; i++) {
      if (i == 7) {
        assertThatThrownBy(all.get(i)::join).hasRootCauseMessage("broken");
      } else {
        assertThat(all.get(i).join().tokens()).hasSize(1);
      }
    }
  }

  @Test
  void oneThatTheDatabaseCanNotReadNowDoesNotHurtOthers() {
    for (int i = 0; i < 10; i++) {
      store.put("account-" + i, "s");
    }
    BrokerException refused = BrokerException.storeRefused("too big", Duration.ofSeconds(1), null);
    store.breakAccount("account-7", refused);
    List<CompletableFuture<AccountSnapshot>> all;
    synchronized (store) {
      all = read(10);
    }
    for (int i = 0; i < 10; i++) {
      if (i == 7) {
        assertThatThrownBy(all.get(i)::join).hasCause(refused);
      } else {
        assertThat(all.get(i).join().tokens()).hasSize(1);
      }
    }
  }

  @Test
  void anOutageFailsThemAllAndIsOverAtOnce() {
    store.put("account-0", "s");
    store.setDown(true);
    List<CompletableFuture<AccountSnapshot>> all;
    synchronized (store) {
      all = read(WAITING);
    }
    all.forEach(one -> assertThatThrownBy(one::join).is(because(FailureReason.STORE_UNAVAILABLE)));
    store.setDown(false);
    try (StoreExecutor fresh = new StoreExecutor(1, 10, 1L << 30, () -> 0)) {
      AccountReads again = new AccountReads(store, fresh, 1, WAITING);
      assertThat(again.read(new AccountId("account-0")).join().tokens()).hasSize(1);
    }
  }

  @Test
  void moreThanMayWaitAreRefused() {
    List<CompletableFuture<AccountSnapshot>> all;
    synchronized (store) {
      all = read(WAITING + 2);
      assertThat(all.get(WAITING + 1)).isCompletedExceptionally();
    }
    all.subList(0, WAITING + 1).forEach(one -> assertThat(one.join().tokens()).isEmpty());
  }

  @Test
  void whoWaitsForAReaderThatThereIsNoRoomForIsRefused() {
    KnownTokens known = new KnownTokens(List.of(), Fingerprint.NONE, TokenLimits.NONE);
    AccountReads narrow = new AccountReads(store, executor, 2, 1);
    CompletableFuture<AccountSnapshot> held;
    CompletableFuture<AccountSnapshot> refused;
    synchronized (store) {
      held = narrow.read(new AccountId("account-0"));
      CompletableFuture<?> other = narrow.read(new AccountId("account-1"));
      CompletableFuture<?> big = narrow.readAgain(new AccountId("account-2"), known);
      assertThat(other).isNotDone();
      assertThat(big).isNotDone();
      refused = narrow.read(new AccountId("account-3"));
      assertThat(refused).isCompletedExceptionally();
    }
    assertThatThrownBy(refused::join).is(because(FailureReason.STORE_UNAVAILABLE));
    assertThat(held.join().tokens()).isEmpty();
    assertThat(narrow.read(new AccountId("account-3")).join().tokens()).isEmpty();
  }

  @Test
  void nobodyWaitsOnceItIsAbandoned() {
    List<CompletableFuture<AccountSnapshot>> all;
    synchronized (store) {
      all = read(100);
      executor.abandon();
      all.forEach(one -> assertThatThrownBy(one::join).is(because(FailureReason.SHUTTING_DOWN)));
    }
  }

  /** Else a check that finds many big accounts changed takes all threads. */
  @Test
  void bigAccountsLeaveReadersToFirstLoads() {
    store.put("first", "s");
    CompletableFuture<AccountSnapshot> held = new CompletableFuture<>();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger running = new AtomicInteger();
    TokenStore slow =
        (TokenStore)
            Proxy.newProxyInstance(
                TokenStore.class.getClassLoader(),
                new Class<?>[] {TokenStore.class},
                (proxy, method, args) -> {
                  if (!method.getName().equals("reload")) {
                    return method.invoke(store, args);
                  }
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  AccountSnapshot read = held.join();
                  running.decrementAndGet();
                  return read;
                });
    try (StoreExecutor four = new StoreExecutor(4, 100, 1L << 30, () -> 0)) {
      AccountReads reads = new AccountReads(slow, four, 4, 100);
      KnownTokens known = new KnownTokens(List.of(), Fingerprint.NONE, TokenLimits.NONE);
      List<CompletableFuture<AccountSnapshot>> big = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        big.add(reads.readAgain(new AccountId("big-" + i), known));
      }
      assertThat(reads.read(new AccountId("first")).join().tokens()).hasSize(1);
      assertThat(four.submit(() -> "a lease").join()).isEqualTo("a lease");
      held.complete(new AccountSnapshot(List.of(), Position.START, Fingerprint.NONE));
      big.forEach(one -> assertThat(one.join().tokens()).isEmpty());
      assertThat(most.get()).isBetween(1, 2);
    }
  }

  /** Whoever was read with others must not count as waiting any more. */
  @Test
  void nobodyIsRefusedHoweverLongTheReaderIsBusy() {
    Semaphore steps = new Semaphore(0);
    AtomicInteger begun = new AtomicInteger();
    TokenStore stepped =
        (TokenStore)
            Proxy.newProxyInstance(
                TokenStore.class.getClassLoader(),
                new Class<?>[] {TokenStore.class},
                (proxy, method, args) -> {
                  begun.incrementAndGet();
                  steps.acquire();
                  return method.invoke(store, args);
                });
    AccountReads few = new AccountReads(stepped, executor, 1, 2 * TokenStore.MAX_LOADED);
    List<CompletableFuture<AccountSnapshot>> all = new ArrayList<>();
    all.add(few.read(new AccountId("first")));
    for (int step = 1; step <= 10; step++) {
      int batches = step;
      Eventually.until("it is busy", () -> begun.get() == batches);
      for (int i = 0; i < TokenStore.MAX_LOADED; i++) {
        all.add(few.read(new AccountId("account-" + step + "-" + i)));
      }
      steps.release();
    }
    steps.release();
    all.forEach(one -> assertThat(one.join().tokens()).isEmpty());
  }
}
