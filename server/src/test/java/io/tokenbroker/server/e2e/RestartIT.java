package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.v1.Turn;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store across restarts of the process. */
class RestartIT {
  /** The interval at which positions are saved, and what a busy machine may add to it. */
  private static final Duration REPEATED = Duration.ofSeconds(3);

  @TempDir Path directory;

  @Test
  void goesOnWithTheFollowingTokenAfterSigterm() throws InterruptedException {
    List<String> ids;
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      ids = caller.add("a", 3, 1);
      for (int i = 0; i < 5; i++) {
        assertThat(caller.next("a").getTokenId()).isEqualTo(ids.get(i % 3));
      }
      assertThat(broker.stop()).isZero();
    }
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      Turn turn = caller.next("a");
      assertThat(turn.getNumber()).isEqualTo(6);
      assertThat(turn.getTokenId()).isEqualTo(ids.get(2));
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void repeatsTheLastSecondsTurnsAtMostAfterSigkill() throws InterruptedException {
    List<Long> times = new ArrayList<>(); // when turn i + 1 came
    long killed;
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      List<String> unused = caller.add("a", 3, 1);
      long start = System.nanoTime();
      do {
        assertThat(caller.next("a").getNumber()).isEqualTo(times.size() + 1);
        times.add(System.nanoTime());
      } while (System.nanoTime() - start < REPEATED.plusSeconds(2).toNanos());
      broker.kill();
      killed = System.nanoTime();
    }
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      int next = Math.toIntExact(caller.next("a").getNumber());
      assertThat(next).isBetween(2, times.size() + 1);
      // when the newest turn that is not repeated was handed out
      Duration lost = Duration.ofNanos(killed - times.get(next - 2));
      System.out.printf(
          "kill -9 after %d turns: went on with turn %d, repeats the last %d ms%n",
          times.size(), next, lost.toMillis());
      assertThat(lost).isLessThan(REPEATED);
      assertThat(caller.account("a").getTokenCount()).isEqualTo(3);
      assertThat(broker.stop()).isZero();
    }
  }
}
