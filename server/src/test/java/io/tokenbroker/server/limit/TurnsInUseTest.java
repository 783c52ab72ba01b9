package io.tokenbroker.server.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Usage.Charge;
import io.tokenbroker.server.model.UsageTotal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the next owner of an account knows of the turns that are in use. */
class TurnsInUseTest {
  private static final long MILLI = Moment.NANOS_PER_MILLI;
  private static final long TIMEOUT_MILLIS = 60_000;

  private final TurnsInUse before = new TurnsInUse(TIMEOUT_MILLIS * MILLI);

  private static Moment at(long millis) {
    return new Moment(millis * MILLI, millis);
  }

  /** Another broker, whose monotonic clock says something else. */
  private static Moment there(long millis) {
    return new Moment((millis + 777) * MILLI, millis);
  }

  private static TurnsInUse after(Usage saved, long millis) {
    TurnsInUse after = new TurnsInUse(TIMEOUT_MILLIS * MILLI);
    after.restore(saved, there(millis));
    return after;
  }

  /** How many are in use: one more would have to wait. */
  private static int count(TurnsInUse turns, Moment moment) {
    int count = 0;
    while (turns.untilNanos(count + 1, moment) != Deadline.OVER) {
      count++;
    }
    return count;
  }

  /** Of brokers that know nothing of each other. */
  @Test
  void whatHasNoNumberOfItsOwnIsToldAsOneEach() {
    for (int i = 0; i < 4; i++) {
      before.add(7, at(0));
    }
    assertThat(count(after(before.export(at(0)), 0), there(0))).isEqualTo(4);
  }

  @Test
  void theNextOwnerKnowsThemAndEndsThemByTheirNumbers() {
    before.add(1, at(0));
    before.add(2, at(10));
    before.add(3, at(20));
    assertThat(before.remove(2)).isTrue();

    TurnsInUse after = after(before.exportAll(at(20)), 30);
    assertThat(count(after, there(30))).isEqualTo(2);
    assertThat(after.untilNanos(2, there(30))).isEqualTo(there(TIMEOUT_MILLIS).nanos());
    assertThat(after.remove(1)).isTrue();
    assertThat(after.remove(2)).isFalse();
    assertThat(count(after, there(30))).isOne();
    assertThat(count(after, there(TIMEOUT_MILLIS + 20))).isZero();
  }

  @Test
  void aNumberThatComesAgainIsAnotherTurn() {
    before.add(1, at(0));
    before.add(2, at(0));

    // turn 2 had not been saved as the position
    TurnsInUse after = after(before.exportAll(at(0)), 10);
    after.add(2, there(10));
    assertThat(count(after, there(10))).isEqualTo(3);
    assertThat(after.remove(2)).isTrue();
    assertThat(after.remove(2)).isFalse();
    assertThat(count(after, there(10))).isEqualTo(2);

    assertThat(count(after(after.exportAll(there(10)), 20), there(20))).isEqualTo(2);
  }

  @Test
  void thereIsABoundOnWhatIsTold() {
    for (int turn = 1; turn <= 10_000; turn++) {
      before.add(turn, at(turn));
    }
    Usage told = before.exportAll(at(10_000));
    assertThat(told.charges()).hasSizeLessThanOrEqualTo(TurnsInUse.MAX_NUMBERED + 16);

    TurnsInUse after = after(told, 10_000);
    assertThat(count(after, there(10_000))).isEqualTo(10_000);
    assertThat(after.remove(10_000)).isTrue();
    assertThat(after.remove(10_000 - TurnsInUse.MAX_NUMBERED + 1)).isTrue();
    assertThat(after.remove(10_000 - TurnsInUse.MAX_NUMBERED)).isFalse();
    // none ends before it would have
    assertThat(count(after, there(TIMEOUT_MILLIS + 1))).isEqualTo(9_998);
    assertThat(count(after, there(TIMEOUT_MILLIS + 10_000))).isZero();
  }

  @Test
  void whatAnOwnerTellsTakesThePlaceOfWhatWasSaved() {
    Instant end = Instant.ofEpochMilli(TIMEOUT_MILLIS);
    List<Usage> saved =
        List.of(
            new Usage(Usage.IN_USE, List.of(new Charge(end, 1))),
            new Usage(Usage.ALL_IN_USE, List.of(new Charge(end, 2), new Charge(end, -7))),
            new Usage("rate:PT1S", List.of(new Charge(Instant.EPOCH, 1))));
    before.add(3, at(0));

    assertThat(UsageTotal.of(saved, List.of(before.exportAll(at(0))), Instant.EPOCH))
        .filteredOn(Usage::isOfTurnsInUse)
        .singleElement()
        .isEqualTo(new Usage(Usage.ALL_IN_USE, List.of(new Charge(end, 3))));
    assertThat(before.remove(3)).isTrue();
    assertThat(UsageTotal.of(saved, List.of(before.exportAll(at(0))), Instant.EPOCH))
        .extracting(Usage::limit)
        .containsExactly("rate:PT1S");
  }
}
