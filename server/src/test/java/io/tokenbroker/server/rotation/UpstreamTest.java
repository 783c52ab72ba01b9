package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * 64 callers and an upstream that counts, in virtual time: when the broker knows the limits, nobody
 * ever meets one, and nothing of them is left unused.
 */
class UpstreamTest {
  private static final AccountId ACCOUNT = new AccountId("acme");
  private static final int TOKENS = 20;
  private static final int CALLERS = 64;
  private static final int REQUESTS = 1_000_000;
  private static final long PER_MINUTE = 1_000;

  /** From the hand-out to the upstream: less than the margin of the limits. */
  private static final int MAX_LATENCY_MICROS = 45_000;

  private static final List<RateLimit> LIMITS =
      List.of(
          new RateLimit(PER_MINUTE, Duration.ofMinutes(1)),
          new RateLimit(200, Duration.ofSeconds(10)));

  private record Event(long nanos, long number, Runnable what) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));
  private final Random random = new Random(7);
  private final Map<TokenId, Upstream> upstreams = new HashMap<>();
  private final RotationTable table =
      new RotationTable(
          account ->
              CompletableFuture.completedFuture(
                  new AccountSnapshot(
                      Fixtures.tokens(TOKENS),
                      Position.START,
                      Fingerprint.NONE,
                      new TokenLimits(LIMITS, List.of(), 0, 0),
                      Map.of(),
                      Map.of())),
          Duration.ZERO,
          this::nanos,
          () -> Instant.ofEpochSecond(1_893_456_000).plusNanos(nanos()),
          any -> {});
  private long now;
  private long number;
  private int sent;
  private int refused;

  private long nanos() {
    return now;
  }

  /** Counts per token exactly, as strictly as any upstream can. */
  private static final class Upstream {
    private final List<ArrayDeque<Long>> windows =
        LIMITS.stream().map(limit -> new ArrayDeque<Long>()).toList();
    private long served;

    boolean take(long nanos) {
      for (int i = 0; i < LIMITS.size(); i++) {
        ArrayDeque<Long> window = windows.get(i);
        long from = nanos - LIMITS.get(i).window().toNanos();
        while (!window.isEmpty() && window.peekFirst() <= from) {
          window.removeFirst();
        }
        if (window.size() >= LIMITS.get(i).count()) {
          return false;
        }
      }
      windows.forEach(window -> window.addLast(nanos));
      served++;
      return true;
    }
  }

  private void in(long nanos, Runnable what) {
    events.add(new Event(now + nanos, number++, what));
  }

  private void ask() {
    if (sent == REQUESTS) {
      return;
    }
    take(
        turn -> {
          sent++;
          in(
              random.nextInt(MAX_LATENCY_MICROS) * 1_000L,
              () -> {
                Upstream upstream =
                    upstreams.computeIfAbsent(turn.token().id(), any -> new Upstream());
                if (!upstream.take(now)) {
                  refused++;
                }
                ask();
              });
        });
  }

  private void take(Consumer<Turn> use) {
    try {
      use.accept(table.next(ACCOUNT).join());
    } catch (CompletionException e) {
      assertThat(e.getCause()).is(because(FailureReason.TOKENS_COOLING));
      in(
          ((BrokerException) e.getCause()).details().retryAfter().orElseThrow().toNanos(),
          this::ask);
    }
  }

  @Test
  void noLimitIsEverMetAndNothingIsLeftUnused() {
    for (int i = 0; i < CALLERS; i++) {
      in(0, this::ask);
    }
    for (Event event = events.poll(); event != null; event = events.poll()) {
      now = event.nanos();
      event.what().run();
    }
    double minutes = now / 60e9;
    // the count of the last window was free from its beginning on
    double used = REQUESTS / (Math.ceil(minutes) * TOKENS * PER_MINUTE);
    LongSummaryStatistics spread =
        upstreams.values().stream().mapToLong(upstream -> upstream.served).summaryStatistics();
    System.out.printf(
        "%d requests by %d callers in %.1f virtual minutes: %d answers 429, %.2f %% of the capacity"
            + " used, %d to %d for each token%n",
        sent, CALLERS, minutes, refused, 100 * used, spread.getMin(), spread.getMax());
    assertThat(sent).isEqualTo(REQUESTS);
    assertThat(refused).isZero();
    assertThat(used).isGreaterThan(0.99);
    assertThat(upstreams).hasSize(TOKENS);
    assertThat(spread.getMax() - spread.getMin()).isLessThanOrEqualTo(REQUESTS / TOKENS / 100);
  }
}
