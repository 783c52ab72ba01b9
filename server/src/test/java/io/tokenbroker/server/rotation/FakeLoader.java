package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Loads that the test ends when it likes, in the order in which they were begun. */
final class FakeLoader implements AccountLoader {
  private final AtomicInteger begun = new AtomicInteger();
  private volatile @Nullable Supplier<RuntimeException> failure;
  private final LinkedBlockingQueue<CompletableFuture<AccountSnapshot>> running =
      new LinkedBlockingQueue<>();

  @Override
  public CompletableFuture<AccountSnapshot> load(AccountId account) {
    begun.incrementAndGet();
    Supplier<RuntimeException> failing = failure;
    if (failing != null) {
      return CompletableFuture.failedFuture(failing.get());
    }
    CompletableFuture<AccountSnapshot> load = new CompletableFuture<>();
    running.add(load);
    return load;
  }

  /** From now on loads fail as soon as they are begun. */
  void atOnce(Supplier<RuntimeException> failing) {
    failure = failing;
  }

  int begun() {
    return begun.get();
  }

  void finish(AccountSnapshot snapshot) throws InterruptedException {
    running.take().complete(snapshot);
  }

  void fail(RuntimeException failure) throws InterruptedException {
    running.take().completeExceptionally(failure);
  }
}
