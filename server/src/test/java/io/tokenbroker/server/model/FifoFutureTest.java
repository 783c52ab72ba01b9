package io.tokenbroker.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class FifoFutureTest {
  private final FifoFuture<String> future = new FifoFuture<>();
  private final List<String> told = new ArrayList<>();

  private CompletableFuture<String> join(String name) {
    CompletableFuture<String> one = future.join();
    var unused = one.whenComplete((value, failure) -> told.add(name + " " + value));
    return one;
  }

  @Test
  void tellsInTheOrderOfComing() {
    var unused = List.of(join("a"), join("b"), join("c"));
    future.complete("x", null);
    assertThat(told).containsExactly("a x", "b x", "c x");
  }

  @Test
  void whoComesWhileItTellsIsBehindAllThatWait() {
    var first = future.join().thenAccept(value -> join("late"));
    var unused = List.of(join("a"), join("b"));
    future.complete("x", null);
    assertThat(first).isCompleted();
    assertThat(told).containsExactly("a x", "b x", "late x");
  }

  @Test
  void whoComesLaterHearsAtOnce() {
    future.complete("x", null);
    var unused = join("a");
    assertThat(told).containsExactly("a x");
  }

  @Test
  void tellsOfAFailureAndPassesOverWhoHasLeft() {
    CompletableFuture<String> left = join("left");
    CompletableFuture<String> stays = join("stays");
    left.cancel(false);
    future.complete(null, new IllegalStateException("made up"));
    assertThat(left).isCancelled();
    assertThat(stays).isCompletedExceptionally();
    assertThat(future.join()).isCompletedExceptionally();
    assertThat(told).containsExactly("left null", "stays null");
  }
}
