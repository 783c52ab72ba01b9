package io.tokenbroker.server.lease;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.lease.LeaseAnswer.Busy;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseWriter.Written;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.FakeLeaseStore;
import io.tokenbroker.server.trace.Spans;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LeaseWriterTest {
  private final AtomicLong nanos = new AtomicLong();
  private final FakeLeaseStore store = new FakeLeaseStore(() -> Instant.EPOCH);
  private final Queue<Runnable> thread = new ArrayDeque<>();

  @Test
  void whatComesDuringACommitIsTheNextGroup() {
    LeaseWriter writer = writer(store::commit, 100);
    CompletableFuture<Written> first = writer.write(grant("t0"));
    List<CompletableFuture<Written>> others = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      others.add(writer.write(grant("t" + i)));
    }
    assertThat(thread).hasSize(1);
    thread.remove().run();
    assertThat(first).isCompleted();
    assertThat(others).noneMatch(CompletableFuture::isDone);
    assertThat(thread).hasSize(1);
    thread.remove().run();

    assertThat(others).allMatch(future -> future.join().get() instanceof Standing);
    assertThat(store.groups()).extracting(List::size).containsExactly(1, 5);
    assertThat(thread).isEmpty();
  }

  @Test
  void tellsWhenTheTransactionWas() {
    LeaseWriter writer =
        writer(
            group -> {
              nanos.addAndGet(5);
              return store.commit(group);
            },
            100);
    CompletableFuture<Written> future = writer.write(grant("t"));
    nanos.addAndGet(7);
    thread.remove().run();
    assertThat(future.join().begun()).isEqualTo(7);
    assertThat(future.join().done()).isEqualTo(12);
  }

  @Test
  void whatIsTooMuchIsRefusedAtOnce() {
    LeaseWriter writer = writer(store::commit, 3);
    for (int i = 0; i < 4; i++) {
      assertThat(writer.write(grant("t" + i))).isNotDone();
    }
    assertThatThrownBy(() -> writer.write(grant("t4")).join())
        .is(because(FailureReason.STORE_UNAVAILABLE));
    drain();
    assertThat(store.groups()).hasSize(2);
  }

  @Test
  void groupsAreBounded() {
    LeaseWriter writer = writer(store::commit, 10_000);
    for (int i = 0; i < 1 + LeaseWriter.MAX_GROUP + 1; i++) {
      assertThat(writer.write(grant("t" + i))).isNotDone();
    }
    drain();
    assertThat(store.groups()).extracting(List::size).containsExactly(1, LeaseWriter.MAX_GROUP, 1);
  }

  @Test
  void aFaultyOperationFailsAlone() {
    LeaseOp bad = grant("bad");
    LeaseWriter writer =
        writer(
            group -> {
              if (group.contains(bad)) {
                throw new IllegalStateException("a poisoned row");
              }
              return store.commit(group);
            },
            100);
    CompletableFuture<Written> before = writer.write(grant("t0"));
    CompletableFuture<Written> good = writer.write(grant("t1"));
    CompletableFuture<Written> failing = writer.write(bad);
    CompletableFuture<Written> alsoGood = writer.write(grant("t2"));
    drain();
    assertThat(List.of(before, good, alsoGood))
        .allMatch(future -> future.join().get() instanceof Standing);
    assertThatThrownBy(failing::join).hasRootCauseMessage("a poisoned row");
  }

  @Test
  void aGrantThatIsUnsettledOnceItIsAloneIsWithdrawn() {
    LeaseOp bad = grant("bad");
    LeaseOp.Grant unheard = grant("t1");
    Queue<LeaseOp> withdrawn = new ConcurrentLinkedQueue<>();
    LeaseWriter writer =
        writer(
            group -> {
              if (group.contains(bad)) {
                throw new IllegalStateException("a poisoned row");
              }
              if (group.contains(unheard)) {
                throw BrokerException.storeUnavailable("gone", Duration.ZERO, null).ofCommit();
              }
              group.stream().filter(LeaseOp.Withdraw.class::isInstance).forEach(withdrawn::add);
              return store.commit(group);
            },
            100);
    CompletableFuture<Written> before = writer.write(grant("t0"));
    CompletableFuture<Written> failing = writer.write(bad);
    CompletableFuture<Written> lost = writer.write(unheard);
    drain();
    assertThat(before).isCompleted();
    assertThat(failing).isCompletedExceptionally();
    assertThat(lost).isCompletedExceptionally();
    Eventually.until(
        "withdrawn",
        () -> {
          drain();
          return withdrawn.contains(new LeaseOp.Withdraw(unheard.id()));
        });
    assertThat(withdrawn).hasSize(1);
  }

  @Test
  void aStoreThatIsDownFailsTheGroupAndNotTheNextOne() {
    LeaseWriter writer = writer(store::commit, 100);
    store.setDown(true);
    CompletableFuture<Written> first = writer.write(grant("t0"));
    CompletableFuture<Written> second = writer.write(grant("t1"));
    thread.remove().run();
    assertThatThrownBy(first::join).is(because(FailureReason.STORE_UNAVAILABLE));
    store.setDown(false);
    drain();
    assertThat(second.join().get()).isInstanceOf(Standing.class);
  }

  @Test
  void triesAgainWhileAnotherBrokerIsBusyWithTheToken() {
    AtomicLong busy = new AtomicLong(3);
    LeaseWriter writer =
        writer(
            group ->
                busy.getAndDecrement() > 0
                    ? group.stream().<LeaseAnswer>map(any -> new Busy()).toList()
                    : store.commit(group),
            100);
    LeaseOp release = new LeaseOp.Release(grant("t").id(), 1, null);
    CompletableFuture<Written> future = writer.write(release);
    Eventually.until(
        "answered",
        () -> {
          drain();
          return future.isDone();
        });
    assertThat(future.join().get()).isInstanceOf(LeaseAnswer.Gone.class);
    busy.set(Long.MAX_VALUE);
    CompletableFuture<Written> never = writer.write(release);
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    drain();
    assertThatThrownBy(never::join).is(because(FailureReason.STORE_UNAVAILABLE));
  }

  private static LeaseOp.Grant grant(String token) {
    AccountId account = new AccountId("acme");
    TokenId id = new TokenId(token);
    return new LeaseOp.Grant(
        LeaseId.random(TokenKey.of(account, id), new SecureRandom()),
        account,
        id,
        Scope.ALL,
        new Holder("worker"),
        Duration.ofSeconds(30),
        StreamId.NONE);
  }

  private void drain() {
    Runnable task = poll();
    while (task != null) {
      task.run();
      task = poll();
    }
  }

  private Runnable poll() {
    synchronized (thread) {
      return thread.poll();
    }
  }

  private LeaseWriter writer(LeaseWriter.Commits commits, int capacity) {
    return new LeaseWriter(
        commits,
        transaction -> {
          CompletableFuture<List<Written>> future = new CompletableFuture<>();
          synchronized (thread) {
            thread.add(
                () -> {
                  try {
                    future.complete(transaction.get());
                  } catch (RuntimeException e) {
                    future.completeExceptionally(e);
                  }
                });
          }
          return future;
        },
        capacity,
        nanos::get,
        Spans.NONE);
  }
}
