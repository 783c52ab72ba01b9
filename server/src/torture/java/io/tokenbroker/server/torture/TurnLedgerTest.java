package io.tokenbroker.server.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.torture.OwnerChanges.Change;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the checker takes for turns of more than one broker. */
class TurnLedgerTest {
  private final TurnLedger ledger = new TurnLedger(2);
  private long now;

  private void answered(long number) {
    answered(number, now, now + 1);
    now += 2;
  }

  private void answered(long number, long asked, long answered) {
    ledger.answered(
        new TurnLedger.Answer("a", number, "token-" + number % 2, asked, answered, false));
  }

  /** So late that no step back of before is still to come. */
  private void settle(Change... losses) {
    ledger.settle(List.of(losses), now + TurnLedger.LATE_NANOS);
  }

  @Test
  void turnsOfOneBrokerMayOvertakeEachOtherOnTheirWay() {
    answered(1);
    answered(3, 10, 20);
    answered(2, 10, 21);
    now = 30;
    answered(4);
    settle();
    assertThat(ledger.violations()).isEmpty();
  }

  @Test
  void aNumberThatComesTwice() {
    answered(1, 0, 9);
    answered(1, 0, 9);
    settle();
    assertThat(ledger.violations()).singleElement().asString().contains("twice");
  }

  @Test
  void aNumberThatGoesBack() {
    answered(2);
    answered(1);
    settle();
    assertThat(ledger.violations()).singleElement().asString().contains("back");
  }

  @Test
  void anotherToken() {
    answered(1);
    ledger.answered(new TurnLedger.Answer("a", 3, "token-0", 10, 11, false));
    assertThat(ledger.violations()).singleElement().asString().contains("out of turn");
  }

  @Test
  void eachLossOfAnOwnerAccountsForOneStepBack() {
    answered(1);
    answered(2);
    Change loss = new Change(Partitions.of("a"), now);
    answered(1);
    answered(2);
    settle(loss);
    assertThat(ledger.violations()).isEmpty();
    answered(1);
    answered(2);
    answered(1);
    settle(loss);
    assertThat(ledger.violations()).hasSize(1);
  }

  @Test
  void aStepBackMayBeSeenOnlyTheNextTime() {
    answered(1);
    ledger.settle(List.of(new Change(Partitions.of("a"), now)), now);
    answered(1);
    ledger.settle(List.of(), now);
    assertThat(ledger.violations()).isEmpty();
    answered(1);
    ledger.settle(List.of(), now);
    assertThat(ledger.violations()).hasSize(1);
  }

  @Test
  void aLossAccountsForNothingBeforeIt() {
    answered(2);
    answered(1);
    settle(new Change(Partitions.of("a"), now));
    assertThat(ledger.violations()).hasSize(1);
  }

  @Test
  void aLossAccountsForNothingOfOtherPartitions() {
    answered(2);
    answered(1);
    settle(new Change(Partitions.of("a") + 1, 0));
    assertThat(ledger.violations()).hasSize(1);
  }

  @Test
  void whatIsOfASplitIsNotLookedAt() {
    answered(1);
    ledger.answered(new TurnLedger.Answer("a", 1, "token-1", 10, 11, true));
    settle();
    assertThat(ledger.violations()).isEmpty();
  }
}
