package io.tokenbroker.server.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.torture.OwnerChanges.Change;
import io.tokenbroker.server.torture.WaitLedger.Waited;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who counts as overtaken. */
class WaitLedgerTest {
  private static final long LATER = WaitLedger.ON_ITS_WAY_NANOS + 1;
  private static final List<Change> NEVER = List.of();

  private final WaitLedger ledger = new WaitLedger();

  private void answered(String broker, long number, long asked, boolean split) {
    ledger.answered(
        new Waited(
            broker, new TurnLedger.Answer("a", number, "token", asked, asked + 10 * LATER, split)));
  }

  private static List<Change> at(long time) {
    return List.of(new Change(Partitions.of("a"), time));
  }

  @Test
  void whoCameEarlierIsServedEarlier() {
    answered("one", 1, 0, false);
    answered("one", 2, LATER, false);
    ledger.settle(NEVER, NEVER, false);
    assertThat(ledger.violations()).isEmpty();
  }

  @Test
  void whoCameLaterIsServedEarlier() {
    answered("one", 2, 0, false);
    answered("two", 1, LATER, false);
    ledger.settle(NEVER, NEVER, false);
    assertThat(ledger.violations()).hasSize(1);
  }

  @Test
  void whoCameAtTheSameTimeMayBeServedEarlier() {
    answered("one", 2, 0, false);
    answered("one", 1, LATER - 1, false);
    ledger.settle(NEVER, NEVER, false);
    assertThat(ledger.violations()).isEmpty();
  }

  @Test
  void whileTheAccountMovesItIsCountedAlone() {
    answered("one", 2, 0, false);
    answered("two", 1, LATER, false);
    ledger.settle(NEVER, at(LATER), false);
    assertThat(ledger.violations()).isEmpty();
    assertThat(ledger.overtakenOnTheWay.sum()).isOne();
  }

  @Test
  void aMoveLongBeforeBothCameIsNoReason() {
    answered("one", 2, 0, false);
    answered("two", 1, LATER, false);
    ledger.settle(NEVER, at(-WaitLedger.HEARD_NANOS - 1), false);
    assertThat(ledger.violations()).hasSize(1);
  }

  @Test
  void whileAFaultHoldsUpCallsItIsCountedAlone() {
    answered("one", 2, 0, false);
    answered("two", 1, LATER, false);
    ledger.settle(NEVER, NEVER, true);
    assertThat(ledger.violations()).isEmpty();
    assertThat(ledger.overtakenOnTheWay.sum()).isOne();
  }

  @Test
  void numbersBeginAnewAfterALoss() {
    answered("one", 2, 0, false);
    answered("one", 1, LATER, false);
    ledger.settle(at(LATER), NEVER, false);
    assertThat(ledger.violations()).isEmpty();
  }

  @Test
  void whatIsOfASplitIsNotLookedAt() {
    answered("one", 2, 0, false);
    answered("one", 1, LATER, true);
    ledger.settle(NEVER, NEVER, false);
    assertThat(ledger.violations()).isEmpty();
  }
}
