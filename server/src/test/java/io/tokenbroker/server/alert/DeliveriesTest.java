package io.tokenbroker.server.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.LogLines;
import io.tokenbroker.server.testing.ManualAlarm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** With a receiver that says what the test wants, and a clock that only the test moves. */
class DeliveriesTest {
  private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
  private static final Answer OK = new Answer(204, Duration.ZERO);
  private static final AlertSettings SETTINGS =
      new AlertSettings(
          2,
          Duration.ofMinutes(1),
          Duration.ofMinutes(1),
          Duration.ofHours(168),
          Duration.ofSeconds(10),
          Duration.ofHours(1),
          64 * 1024);

  private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);
  private final ManualAlarm alarm = new ManualAlarm(nanos::get);
  private final List<String> told = new ArrayList<>();
  private final List<CompletableFuture<Answer>> answers = new ArrayList<>();
  private final Deliveries deliveries =
      new Deliveries(
          (alert, now) -> {
            told.add(alert.id());
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            answers.add(answer);
            return answer;
          },
          SETTINGS,
          alarm,
          Runnable::run,
          nanos::get,
          () -> START,
          bound -> bound - 1);

  private void answer(Answer answer) {
    var unused = answers.get(answers.size() - 1).complete(answer);
  }

  private void answer(int status) {
    answer(new Answer(status, Duration.ZERO));
  }

  private void fail() {
    var unused =
        answers.get(answers.size() - 1).completeExceptionally(new IOException("made-up URL"));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    alarm.ring();
  }

  private static Alert alert(String id) {
    return new Alert(id, "{}");
  }

  @Test
  void tellsOneAfterTheOther() {
    deliveries.offer(alert("a"));
    deliveries.offer(alert("b"));
    assertThat(told).containsExactly("a");
    answer(OK);
    assertThat(told).containsExactly("a", "b");
    answer(OK);
    assertThat(deliveries.counts()).isEqualTo(new Deliveries.Counts(2, 0, 0, 0, 0, 0));
    deliveries.offer(alert("c"));
    assertThat(told).containsExactly("a", "b", "c");
  }

  @Test
  void triesAgainAfterTwiceAsLongEachTime() {
    deliveries.offer(alert("a"));
    long[] seconds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    for (int i = 0; i < seconds.length; i++) {
      if (i % 2 == 0) {
        fail();
      } else {
        answer(500);
      }
      pass(Duration.ofSeconds(seconds[i]).minusNanos(1));
      assertThat(told).hasSize(i + 1);
      pass(Duration.ofNanos(1));
      assertThat(told).as("after %d s", seconds[i]).hasSize(i + 2);
    }
    answer(OK);
    assertThat(deliveries.counts()).isEqualTo(new Deliveries.Counts(1, seconds.length, 0, 0, 0, 0));
    deliveries.offer(alert("b"));
    fail();
    pass(Duration.ofSeconds(1));
    assertThat(told).as("from the beginning").endsWith("a", "b", "b");
  }

  @Test
  void leavesAReceiverAloneForAsLongAsItWants() {
    deliveries.offer(alert("a"));
    answer(new Answer(429, Duration.ofSeconds(90)));
    pass(Duration.ofSeconds(89));
    deliveries.offer(alert("b"));
    assertThat(told).as("b does not come first either").containsExactly("a");
    pass(Duration.ofSeconds(1));
    assertThat(told).containsExactly("a", "a");
    answer(new Answer(503, Duration.ofDays(365)));
    pass(Duration.ofMinutes(59));
    deliveries.offer(alert("c"));
    assertThat(told).hasSize(2);
    pass(Duration.ofMinutes(1));
    assertThat(deliveries.counts().gaveUp()).as("an hour is all they have").isEqualTo(2);
    assertThat(told).as("not for ever").endsWith("a", "c");
  }

  @Test
  void passesOverWhatIsRefusedFiveTimes() {
    deliveries.offer(alert("a"));
    deliveries.offer(alert("b"));
    for (int i = 0; i < 5; i++) {
      answer(i == 0 ? 302 : 400);
      pass(Duration.ofMinutes(5));
    }
    assertThat(told).containsExactly("a", "a", "a", "a", "a", "b");
    answer(OK);
    assertThat(deliveries.counts()).isEqualTo(new Deliveries.Counts(1, 5, 0, 0, 1, 0));
  }

  @Test
  void givesUpWhatIsTooOld() {
    deliveries.offer(alert("a"));
    fail();
    nanos.addAndGet(SETTINGS.giveUpAfter().toNanos() - 1);
    deliveries.offer(alert("b"));
    pass(Duration.ofNanos(1));
    assertThat(told).containsExactly("a", "b");
    assertThat(deliveries.counts()).isEqualTo(new Deliveries.Counts(0, 1, 0, 1, 0, 1));
  }

  @Test
  void dropsTheOldestBeyondItsBytes() {
    String body = "x".repeat(1_000);
    int room = SETTINGS.queueBytes() / new Alert("a-1000", body).bytes();
    for (int i = 0; i < room + 10; i++) {
      deliveries.offer(new Alert("a-" + (1000 + i), body));
    }
    assertThat(deliveries.counts().pending()).isEqualTo(room);
    assertThat(deliveries.counts().noRoom()).isEqualTo(10);
    answer(OK);
    assertThat(told).as("the one in flight stays").containsExactly("a-1000", "a-1011");
  }

  @Test
  void saysOnceThatItFailsAndOnceThatItIsOver() {
    try (LogLines log = new LogLines(Deliveries.class)) {
      deliveries.offer(alert("a"));
      for (int i = 0; i < 3; i++) {
        fail();
        pass(Duration.ofMinutes(5));
      }
      answer(OK);
      assertThat(log.lines())
          .containsExactly(
              "WARN webhook not delivered, trying again cause=IOException",
              "INFO webhooks are delivered again tries=3");
    }
  }

  @Test
  void saysWhatItDrops() {
    try (LogLines log = new LogLines(Deliveries.class)) {
      deliveries.offer(alert("a"));
      for (int i = 0; i < 5; i++) {
        answer(401);
        pass(Duration.ofMinutes(5));
      }
      deliveries.offer(alert("b"));
      fail();
      pass(SETTINGS.giveUpAfter());
      assertThat(log.lines())
          .containsExactly(
              "WARN webhook not delivered, trying again cause=HTTP status 401",
              "WARN webhook dropped: the receiver refuses it cause=HTTP status 401 times=5",
              "WARN webhooks dropped: not delivered within webhook.give_up_after count=1");
    }
  }

  @Test
  void isSettledWhenNothingIsPending() {
    assertThat(deliveries.settled()).isDone();
    deliveries.offer(alert("a"));
    deliveries.offer(alert("b"));
    CompletableFuture<Void> settled = deliveries.settled();
    answer(OK);
    assertThat(settled).isNotDone();
    answer(OK);
    assertThat(settled).isDone();
  }

  @Test
  void isSettledWhenTheReceiverTakesNothing() {
    deliveries.offer(alert("a"));
    CompletableFuture<Void> settled = deliveries.settled();
    answer(500);
    assertThat(settled).isDone();
    assertThat(deliveries.settled()).isDone();
  }

  @Test
  void saysAtTheStopWhatIsLeft() {
    try (LogLines log = new LogLines(Deliveries.class)) {
      deliveries.offer(alert("a"));
      deliveries.offer(alert("b"));
      deliveries.close();
      answer(OK);
      deliveries.offer(alert("c"));
      assertThat(told).containsExactly("a");
      assertThat(log.lines()).containsExactly("WARN webhooks not delivered at the stop count=2");
    }
  }

  @Test
  void aReceiverThatThrowsIsTriedAgain() {
    List<String> tries = new ArrayList<>();
    Deliveries broken =
        new Deliveries(
            (alert, now) -> {
              tries.add(alert.id());
              throw new IllegalStateException("made-up");
            },
            SETTINGS,
            alarm,
            Runnable::run,
            nanos::get,
            () -> START,
            bound -> 0);
    broken.offer(alert("a"));
    pass(Duration.ofSeconds(1));
    assertThat(tries).containsExactly("a", "a");
  }
}
