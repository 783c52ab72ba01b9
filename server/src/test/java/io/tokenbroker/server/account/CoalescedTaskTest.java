package io.tokenbroker.server.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class CoalescedTaskTest {
  private final Queue<RuntimeException> thrown = new ArrayDeque<>();
  private final List<CompletableFuture<Boolean>> begun = new ArrayList<>();
  private final CoalescedTask saves =
      new CoalescedTask(
          () -> {
            RuntimeException failure = thrown.poll();
            if (failure != null) {
              throw failure;
            }
            CompletableFuture<Boolean> save = new CompletableFuture<>();
            begun.add(save);
            return save;
          });

  @Test
  void savesOneAfterTheOther() {
    CompletableFuture<Boolean> first = saves.next();
    CompletableFuture<Boolean> second = saves.next();
    assertThat(saves.next()).isSameAs(second);
    assertThat(begun).hasSize(1);
    begun.get(0).complete(true);
    assertThat(first).isCompletedWithValue(true);
    assertThat(begun).hasSize(2);
    begun.get(1).complete(false);
    assertThat(second).isCompletedWithValue(false);
    CompletableFuture<Boolean> unused = saves.next();
    assertThat(begun).hasSize(3);
  }

  @Test
  void savesAgainAfterAFailure() {
    CompletableFuture<Boolean> failed = saves.next();
    begun.get(0).completeExceptionally(new IllegalStateException("made up"));
    assertThat(failed).isCompletedWithValue(false);
    thrown.add(new IllegalStateException("made up"));
    assertThat(saves.next()).isCompletedWithValue(false);
    CompletableFuture<Boolean> good = saves.next();
    begun.get(1).complete(true);
    assertThat(good).isCompletedWithValue(true);
  }
}
