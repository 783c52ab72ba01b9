package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountState.ScopeBench;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Cooldowns of scopes that are over: what they leave behind. */
final class EndedCooldownsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void theirTimersGoWithTheNextReport() {
    Rotation rotation = Fixtures.rotation(tokens(1), 0);
    Slot slot = rotation.slots[0];
    Map<Scope, Cooldown> remembered = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      Moment moment = new Moment(i * SECOND.toNanos(), i * SECOND.toMillis());
      rotation.advance(moment);
      Scope scope = new Scope("made-up-" + i);
      remembered.put(scope, new Cooldown(1, moment.instant().plus(SECOND)));
      var unused =
          rotation.report(
              slot,
              0,
              List.of(),
              (before, account, now) -> new Verdict(new Health(0, remembered, null), account),
              moment);
      assertThat(slot.scoped()).containsOnlyKeys(scope);
      assertThat(slot.cools(scope)).isTrue();
    }
  }

  /** Delays that ended stay ended, so they need no room though the clock says they last. */
  @Test
  void takeNoRoomAfterTheClockWasSetBack() {
    Bed bed = new Bed(tokens(2), scopes(2));
    for (int i = 0; i < 5; i++) {
      bed.cool("1", "made-up-" + i, SECOND);
      bed.pass(SECOND);
    }
    bed.millis.addAndGet(-Duration.ofMinutes(1).toMillis());
    bed.cool("1", "a", SECOND);
    assertThat(bed.state("1").scopes())
        .extracting(ScopeBench::scope)
        .containsExactly(new Scope("a"));
    assertThat(bed.take("a", 2)).containsExactly("2", "2");
  }

  private static RotationSettings scopes(int most) {
    RotationSettings d = Defaults.ROTATION;
    return new RotationSettings(
        d.unknownTtl(),
        most,
        d.maxWaiters(),
        d.waitMargin(),
        d.limitMargin(),
        d.turnTimeout(),
        d.maxProbeDelay(),
        d.maxLoadedBytes());
  }
}
