package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much of a loaded account can be handed out, now and soon, scopes aside. A lease may be
 * renewed whenever it ends: a leased token is not back soon.
 *
 * @param tokens all of them
 * @param ready those that nothing keeps back
 * @param soon those, and the ones that are back by themselves within the time that was asked for;
 *     no more are counted than was asked for
 * @param paused whether the account pauses as a whole
 * @param benched how many are kept back, by the reasons there are
 * @param expiring those that expire within the time that was asked for, the earliest first
 */
public record Headroom(
    int tokens,
    int ready,
    int soon,
    boolean paused,
    Map<BenchReason, Integer> benched,
    List<Expiring> expiring) {
  private static final BenchReason[] REASONS = BenchReason.values();

  /**
   * @param label may be empty
   */
  public record Expiring(TokenId token, String label, Instant time) {}

  /**
   * What is asked. Costs the stripe of the account no more than some microseconds.
   *
   * @param within what is soon
   * @param mostSoon how many tokens are counted that are ready or back soon
   * @param expiring within what time tokens are told that expire
   * @param mostExpiring how many of them
   */
  public record Question(Duration within, int mostSoon, Duration expiring, int mostExpiring) {}

  /** Under the stripe; null where somebody else is to say it. To be called when advanced. */
  static @Nullable Headroom of(Rotation rotation, Question question, Moment moment) {
    if (!rotation.right.serves(rotation.isLimited())) {
      return null;
    }
    Bench bench = rotation.bench;
    int tokens = rotation.slots.length;
    Map<BenchReason, Integer> benched = new EnumMap<>(BenchReason.class);
    BenchCounts counts = bench.counts();
    for (BenchReason reason : REASONS) {
      int count = counts.of(reason) + (reason == BenchReason.QUARANTINE ? counts.probesDue : 0);
      if (count > 0) {
        benched.put(reason, count);
      }
    }
    return new Headroom(
        tokens,
        bench.ready(tokens),
        bench.soon(tokens, question.within().toNanos(), question.mostSoon(), moment),
        bench.isPaused(),
        benched,
        bench
            .expiringBy(moment.millis() + question.expiring().toMillis(), question.mostExpiring())
            .stream()
            .map(Headroom::expiring)
            .toList());
  }

  private static Expiring expiring(Slot slot) {
    return new Expiring(
        slot.token.id(), slot.token.settings().label(), Instant.ofEpochMilli(slot.expiryMillis()));
  }
}
