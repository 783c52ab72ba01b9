package io.tokenbroker.server.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.FifoFuture;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.store.StoreExecutor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The lease settings of accounts, remembered for a while. What they say of numbers is only a hint
 * here: the database has them before its eyes at each grant. Thread-safe, never blocks.
 */
public final class LeasePolicies {
  private static final int MAX_REMEMBERED = 10_000;

  private final LeaseStore store;
  private final StoreExecutor executor;
  private final long rememberNanos;
  private final LongSupplier ticker;

  /** The oldest first. */
  @GuardedBy("remembered")
  private final Map<AccountId, Remembered> remembered = new LinkedHashMap<>();

  private record Remembered(
      CompletableFuture<LeasePolicy> policy, FifoFuture<LeasePolicy> told, long time) {}

  /**
   * @param ticker monotonic nanoseconds
   */
  public LeasePolicies(
      LeaseStore store, StoreExecutor executor, Duration remember, LongSupplier ticker) {
    this.store = store;
    this.executor = executor;
    this.rememberNanos = remember.toNanos();
    this.ticker = ticker;
  }

  /** As it was at most so long ago. */
  CompletableFuture<LeasePolicy> get(AccountId account) {
    long now = ticker.getAsLong();
    synchronized (remembered) {
      Remembered known = remembered.get(account);
      if (known != null
          && now - known.time < rememberNanos
          && !known.policy.isCompletedExceptionally()) {
        return known.told.join();
      }
      CompletableFuture<LeasePolicy> policy = executor.submit(() -> store.policy(account));
      FifoFuture<LeasePolicy> told = new FifoFuture<>();
      remember(account, new Remembered(policy, told, now));
      CompletableFuture<LeasePolicy> first = told.join();
      var unused = policy.whenComplete(told::complete);
      return first;
    }
  }

  /** As it is in the store. */
  public CompletableFuture<LeasePolicy> load(AccountId account) {
    return executor.submit(() -> store.policy(account));
  }

  /** Those of the accounts that have any, as they are in the store; blocks. */
  public Map<AccountId, LeasePolicy> find(Set<AccountId> accounts) {
    return store.policies(accounts);
  }

  /** Other brokers follow when they have forgotten the old one. */
  public CompletableFuture<LeasePolicy> set(AccountId account, LeasePolicy policy) {
    return executor
        .submit(
            () -> {
              store.savePolicy(account, policy);
              return policy;
            })
        .whenComplete((saved, failure) -> forget(account));
  }

  public void forget(AccountId account) {
    synchronized (remembered) {
      @Nullable Remembered unused = remembered.remove(account);
    }
  }

  @GuardedBy("remembered")
  private void remember(AccountId account, Remembered policy) {
    @Nullable Remembered unused = remembered.remove(account);
    remembered.put(account, policy);
    if (remembered.size() > MAX_REMEMBERED) {
      remembered.remove(remembered.keySet().iterator().next());
    }
  }
}
