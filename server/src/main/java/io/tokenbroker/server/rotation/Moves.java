package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.List;

/**
 * What becomes of loaded accounts when the right to them is about to end, has ended, or stays after
 * all. Thread-safe; one stripe at a time.
 */
public final class Moves {
  private final Stripes stripes;
  private final Loads loads;

  Moves(Stripes stripes, Loads loads) {
    this.stripes = stripes;
    this.loads = loads;
  }

  /** Marks all of what is stopped as to be saved, also what would otherwise last here alone. */
  public void stopped() {
    stripes.forEachInPortions(
        stripe -> {},
        (rotation, entry) -> {
          if (rotation.right.state() == Right.State.STOPPED) {
            rotation.unsaved().all(rotation);
            stripes.of(rotation.account).loaded(entry);
          }
        });
  }

  /**
   * Puts out what is somebody else's by now: whoever waits for it hears so.
   *
   * @return which accounts
   */
  public List<AccountId> ended() {
    List<AccountId> ended = new ArrayList<>();
    stripes.forEachInPortions(
        stripe -> {},
        (rotation, entry) -> {
          if (rotation.right.isOver()) {
            ended.add(rotation.account);
          }
        });
    ended.removeIf(account -> !loads.leaveIfOver(stripes.of(account), account));
    return ended;
  }

  /** Serves who waited meanwhile. */
  public void resumed() {
    List<AccountId> waiting = new ArrayList<>();
    stripes.forEachInPortions(
        stripe -> {},
        (rotation, entry) -> {
          if (rotation.waiters() > 0) {
            waiting.add(rotation.account);
          }
        });
    for (AccountId account : waiting) {
      stripes.act(
          account,
          (rotation, moment) -> {
            rotation.bench.markChanged();
            Stripes.advance(rotation, moment);
          });
    }
  }

  /** Why an account that was loaded is not any more. */
  public BrokerException absence(AccountId account) {
    return loads.absence(account);
  }
}
