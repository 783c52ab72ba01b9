package io.tokenbroker.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class ScrapesTest {
  private final Queue<Runnable> thread = new ArrayDeque<>();

  @Test
  void whoeverAsksMeanwhileGetsTheSame() {
    Scrapes scrapes = new Scrapes(thread::add, () -> new byte[1]);
    CompletableFuture<byte[]> first = scrapes.text();
    assertThat(scrapes.text()).isSameAs(first);
    thread.remove().run();
    assertThat(first.join()).hasSize(1);
    assertThat(thread).isEmpty();
  }

  @Test
  void afterAnErrorTheNextOneReadsAgain() {
    boolean[] broken = {true};
    Scrapes scrapes =
        new Scrapes(
            thread::add,
            () -> {
              if (broken[0]) {
                throw new StackOverflowError("made up");
              }
              return new byte[1];
            });
    CompletableFuture<byte[]> first = scrapes.text();
    thread.remove().run();
    assertThat(first).isCompletedExceptionally();
    broken[0] = false;
    CompletableFuture<byte[]> second = scrapes.text();
    thread.remove().run();
    assertThat(second.join()).hasSize(1);
  }

  @Test
  void aThreadThatTakesNothingIsNoReasonToWait() {
    Scrapes scrapes =
        new Scrapes(
            task -> {
              throw new RejectedExecutionException("made up");
            },
            () -> new byte[1]);
    for (int i = 0; i < 2; i++) {
      assertThat(scrapes.text()).isCompletedExceptionally();
    }
  }
}
