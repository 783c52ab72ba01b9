package io.tokenbroker.server.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the checker takes for a token that was kept too long. */
class LedgerTest {
  private static final Duration MOST = Duration.ofSeconds(6);
  private static final Set<String> WANTED = Set.of("7");

  private long seconds = 1_000;
  private final Ledger ledger = new Ledger(() -> TimeUnit.SECONDS.toNanos(seconds), 1);

  @Test
  void aTokenThatIsFreeTooLongWithoutAnyFault() {
    heldUntilNow();
    grantedAfter(7);
    assertThat(ledger.kept(MOST, WANTED)).hasSize(1);
    assertThat(ledger.kept(MOST, Set.of("8"))).isEmpty();
  }

  @Test
  void whatIsFreeAtLastMayBeInTheTransactionThatIsLostNext() {
    heldUntilNow();
    ledger.losesRoute();
    lost(3);
    lost(3);
    grantedAfter(4);
    assertThat(ledger.kept(MOST, WANTED)).isEmpty();
  }

  @Test
  void aLossIsNoExcuseForLongerThanIsPromised() {
    heldUntilNow();
    lost(3);
    grantedAfter(7);
    assertThat(ledger.kept(MOST, WANTED))
        .containsExactly("token 7 was free for PT10S, for PT7S of it after a route was lost");
  }

  @Test
  void aLossThatComesTooLateIsNoneAtAll() {
    heldUntilNow();
    lost(7);
    grantedAfter(1);
    assertThat(ledger.kept(MOST, WANTED)).hasSize(1);
  }

  @Test
  void aTokenThatNobodyEverGetsAgain() {
    heldUntilNow();
    lost(1);
    seconds += 7;
    assertThat(ledger.kept(MOST, WANTED)).hasSize(1);
  }

  private void heldUntilNow() {
    ledger.holds(hold(1), true);
    ledger.ends("7", "lease 1");
  }

  private void lost(int after) {
    seconds += after;
    ledger.losesRoute();
  }

  private void grantedAfter(int after) {
    seconds += after;
    ledger.holds(hold(2), true);
  }

  private Ledger.Hold hold(int fence) {
    return new Ledger.Hold(
        "7", "lease " + fence, fence, "somebody", TimeUnit.SECONDS.toNanos(seconds + 1));
  }
}
