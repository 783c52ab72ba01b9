package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** When callers are told that the first lease ends. */
class LeaseEndsTest {
  private static final Duration SHORTEST = Duration.ofMillis(100);

  private final Bed bed = new Bed(tokens(9));
  private final Map<String, Instant> ends = new HashMap<>();
  private long news;

  /** However many are leased: a walk over all of them would hold up every caller of the stripe. */
  @Test
  void oneOfTenThousandIsLookedAt() {
    LeaseEnds ends = new LeaseEnds();
    Random random = new Random(1);
    Slot first = null;
    for (var token : tokens(10_000)) {
      Slot slot = new Slot(token, null, 0, 0);
      Instant end = Bed.START.plusNanos(1_000_000_000L + random.nextInt(1_000) * 500L);
      slot.state().leasedElsewhere(new RemoteHolds(1, end, 1));
      slot.benched = BenchReason.LEASED;
      ends.put(slot);
      first = first == null || isEarlier(slot, first) ? slot : first;
    }
    Moment moment = new Moment(0, Bed.START.toEpochMilli());
    AtomicInteger looked = new AtomicInteger();
    long delay =
        ends.delay(
            moment,
            slot -> {
              looked.incrementAndGet();
              return 0;
            });
    assertThat(first).isNotNull();
    assertThat(Bed.START.plusNanos(delay)).isEqualTo(first.leaseEnd());
    assertThat(looked).hasValue(1);
  }

  private static boolean isEarlier(Slot one, Slot other) {
    Instant end = one.leaseEnd();
    return end != null && end.isBefore(other.leaseEnd());
  }

  @RepeatedTest(20)
  void itIsThatOfTheFirstWhateverHappenedBefore(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    bed.table.load(ACCOUNT).join();
    for (int i = 1; i <= 9; i++) {
      lease(i + "", random);
    }
    for (int step = 0; step < 200; step++) {
      String token = 1 + random.nextInt(9) + "";
      switch (random.nextInt(5)) {
        case 0 -> {
          free(token);
          assertThat(bed.next("")).isEqualTo(token);
          lease(token, random);
        }
        case 1 -> bed.pass(Duration.ofMillis(random.nextInt(2_000)));
        case 2 -> bed.refresh(tokens(9));
        case 3 -> holdHere(token, random);
        default -> lease(token, random);
      }
      Duration left = Duration.between(bed.now(), Collections.min(ends.values()));
      assertThat(bed.failure("").details().retryAfter())
          .hasValue(left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
    }
  }

  private Instant someEnd(Random random) {
    return bed.now().plusMillis(random.nextInt(10_000)).plusNanos(random.nextInt(999_999));
  }

  /** Elsewhere, or for longer. */
  private void lease(String token, Random random) {
    free(token);
    Instant end = someEnd(random);
    ends.put(token, end);
    bed.table.leasedElsewhere(ACCOUNT, new TokenId(token), new RemoteHolds(1, end, ++news));
  }

  /** By this broker, and renewed once. */
  private void holdHere(String token, Random random) {
    free(token);
    assertThat(bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO).join().id().value()).isEqualTo(token);
    bed.table.granted(ACCOUNT, new TokenId(token), new RemoteHolds(1, someEnd(random), ++news));
    Instant end = someEnd(random);
    ends.put(token, end);
    bed.table.leasedElsewhere(ACCOUNT, new TokenId(token), new RemoteHolds(1, end, ++news));
  }

  private void free(String token) {
    ends.remove(token);
    bed.table.leasedElsewhere(ACCOUNT, new TokenId(token), new RemoteHolds(0, Instant.MAX, ++news));
  }
}
