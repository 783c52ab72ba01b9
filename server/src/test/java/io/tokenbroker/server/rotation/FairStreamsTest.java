package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Streams, which are back at once, and calls, which have a network to cross, on limited tokens. */
final class FairStreamsTest {
  private static final int EACH = 8;
  private static final int BATCH = 100;
  private static final int MAX_BYTES = 1_000_000;
  private static final Wait MINUTE = new Wait(Duration.ofMinutes(1));

  private final Bed bed = new Bed(tokens(5));
  private final long[] streams = new long[EACH];
  private final long[] calls = new long[EACH];
  private final List<CompletableFuture<Turn>> waiters = new ArrayList<>();
  private boolean stopped;

  @Test
  void streamsAndCallsShareBursts() {
    share(new RateLimit(10, Duration.ofSeconds(1)), Duration.ofSeconds(21));
    assertFair();
    // hardly anything is lost by keeping turns for those who have to come back
    assertThat(Arrays.stream(streams).sum() + Arrays.stream(calls).sum())
        .isBetween(50 * 19L, 50 * 20L);
  }

  @Test
  void streamsAndCallsShareATrickle() {
    bed.limits = limits(new RateLimit(10, Duration.ofSeconds(1)));
    // from now on they come back one after the other
    for (int i = 0; i < 50; i++) {
      bed.next("");
      bed.pass(Duration.ofMillis(20));
    }
    share(new RateLimit(10, Duration.ofSeconds(1)), Duration.ofSeconds(21));
    assertFair();
  }

  @Test
  void whatNobodyComesBackForGoesToTheStreams() {
    bed.limits = limits(new RateLimit(10, Duration.ofSeconds(1)));
    bed.take("", 50);
    for (int i = 0; i < EACH; i++) {
      waiters.add(bed.table.next(ACCOUNT, Scope.ALL, MINUTE));
    }
    stream(0);
    // the calls have their turns and do not come again
    bed.pass(Duration.ofMillis(1_050));
    assertThat(waiters).allMatch(CompletableFuture::isDone);
    for (int i = 0; i < 50 - EACH; i++) {
      bed.pass(Duration.ofNanos(Pace.GRACE_NANOS));
    }
    assertThat(streams[0]).isEqualTo(50 - EACH);
    stopped = true;
  }

  @Test
  void aStreamAloneHasAllAtOnce() {
    bed.limits = limits(new RateLimit(10, Duration.ofSeconds(1)));
    bed.take("", 50);
    CompletableFuture<Batch> batch = bed.table.supply(ACCOUNT, Scope.ALL).next(30, 30, MAX_BYTES);
    bed.pass(Duration.ofMillis(1_050));
    assertThat(batch.join().turns()).hasSize(30);
  }

  private static TokenLimits limits(RateLimit rate) {
    return new TokenLimits(List.of(rate), List.of(), 0, 0);
  }

  private void share(RateLimit rate, Duration time) {
    bed.limits = limits(rate);
    bed.take("", 0);
    while (bed.table.state(ACCOUNT, 0).map(state -> state.readyCount()).orElse(1) > 0) {
      bed.next("");
    }
    for (int i = 0; i < EACH; i++) {
      stream(i);
      waiters.add(bed.table.next(ACCOUNT, Scope.ALL, MINUTE));
    }
    for (long millis = 0; millis < time.toMillis(); millis++) {
      bed.pass(Duration.ofMillis(1));
      for (int i = 0; i < EACH; i++) {
        if (waiters.get(i).isDone()) {
          calls[i]++;
          waiters.set(i, bed.table.next(ACCOUNT, Scope.ALL, MINUTE));
        }
      }
    }
    stopped = true;
  }

  private void stream(int index) {
    more(bed.table.supply(ACCOUNT, Scope.ALL), index);
  }

  private void more(Supply supply, int index) {
    var unused =
        supply
            .next(BATCH, BATCH, MAX_BYTES)
            .thenAccept(
                batch -> {
                  streams[index] += batch.turns().size();
                  if (!stopped) {
                    more(supply, index);
                  }
                });
  }

  private void assertFair() {
    long least = Math.min(min(streams), min(calls));
    long most = Math.max(max(streams), max(calls));
    assertThat(most)
        .as("%s %s", Arrays.toString(streams), Arrays.toString(calls))
        .isLessThanOrEqualTo(least * 5 / 4);
  }

  private static long min(long[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static long max(long[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }
}
