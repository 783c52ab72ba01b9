package io.tokenbroker.server.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.BenchReason;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What several reasons to keep a token back come to. */
final class HoldTest {
  private static final Moment NOW = new Moment(0, 1_000);

  @Test
  void ofReasonsThatWeighTheSameTheOneThatLastsLongerIsTold() {
    Hold cooldown = nanos(BenchReason.COOLDOWN, 5);
    Hold limit = nanos(BenchReason.RATE_LIMIT, 6);
    assertThat(Hold.longest(cooldown, limit, NOW)).isEqualTo(limit);
    assertThat(Hold.longest(limit, cooldown, NOW)).isEqualTo(limit);
    assertThat(Hold.longest(cooldown, nanos(BenchReason.RATE_LIMIT, 5), NOW)).isEqualTo(cooldown);
  }

  @Test
  void theWeightierReasonIsToldUntilTheLaterEnd() {
    Hold probe = nanos(BenchReason.QUARANTINE, 5);
    Hold limit = nanos(BenchReason.RATE_LIMIT, 6);
    assertThat(Hold.longest(probe, limit, NOW)).isEqualTo(nanos(BenchReason.QUARANTINE, 6));
    assertThat(Hold.longest(limit, probe, NOW)).isEqualTo(nanos(BenchReason.QUARANTINE, 6));
    assertThat(Hold.longest(limit, Hold.DISABLED, NOW)).isEqualTo(Hold.DISABLED);
  }

  @Test
  void aStepOfTheWallClockChangesWhichOneLastsLonger() {
    Hold fixed = new Hold(BenchReason.COOLDOWN, Deadline.at(Instant.ofEpochMilli(1_010), NOW));
    Hold limit = nanos(BenchReason.RATE_LIMIT, 5_000_000);
    assertThat(Hold.longest(fixed, limit, NOW)).isEqualTo(fixed);
    assertThat(Hold.longest(fixed, limit, new Moment(0, 1_006))).isEqualTo(limit);
  }

  @Test
  void aLeaseNeverMakesAnotherReasonLastLonger() {
    Hold lease = new Hold(BenchReason.LEASED, Deadline.UNKNOWN);
    Hold probe = nanos(BenchReason.QUARANTINE, 5);
    assertThat(Hold.weightier(probe, lease)).isEqualTo(probe);
    assertThat(Hold.weightier(nanos(BenchReason.COOLDOWN, 5), lease)).isEqualTo(lease);
    assertThat(Hold.weightier(null, lease)).isEqualTo(lease);
  }

  @Test
  void whatIsOverKeepsNobodyBack() {
    Hold hold = nanos(BenchReason.COOLDOWN, 5);
    assertThat(hold.unlessOver(new Moment(4, 0))).isEqualTo(hold);
    assertThat(hold.unlessOver(new Moment(5, 0))).isNull();
    assertThat(Hold.left(hold, new Moment(9, 0))).isZero();
    assertThat(Hold.longest(null, null, NOW)).isNull();
  }

  private static Hold nanos(BenchReason reason, long nanos) {
    return new Hold(reason, Deadline.atNanos(nanos));
  }
}
