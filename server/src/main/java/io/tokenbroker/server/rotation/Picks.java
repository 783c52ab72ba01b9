package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.Turn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The kinds of picks. */
final class Picks {
  /** The most frequent one: made once. */
  static final Pick<Turn> NEXT = new OneTurn(Scope.ALL);

  private Picks() {}

  /** The last turn first: so all of them can have their places back. */
  static void giveBack(
      Stripes stripes, AccountId account, Scope scope, List<Turn> turns, Moment picked) {
    stripes.act(
        account,
        (rotation, moment) -> {
          ScopeLane lane = rotation.lanes.present(scope);
          for (int i = turns.size() - 1; i >= 0; i--) {
            rotation.giveBack(lane, turns.get(i), picked, moment);
          }
        });
  }

  record OneTurn(Scope scope) implements Pick<Turn> {
    @Override
    public boolean isLease() {
      return false;
    }

    @Override
    public @Nullable Turn from(Rotation rotation, ScopeLane lane, Moment moment) {
      return rotation.next(lane, moment);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Turn taken, Moment picked) {
      Picks.giveBack(stripes, account, scope, List.of(taken), picked);
    }
  }

  record Turns(Scope scope, int count, int maxBytes) implements Pick<List<Turn>> {
    @Override
    public boolean isLease() {
      return false;
    }

    @Override
    public @Nullable List<Turn> from(Rotation rotation, ScopeLane lane, Moment moment) {
      return rotation.next(lane, count, maxBytes, moment);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, List<Turn> taken, Moment picked) {
      Picks.giveBack(stripes, account, scope, taken, picked);
    }
  }

  /** See {@link Supply#next}. Null also means that others have their turns first. */
  record StreamTurns(Scope scope, Pace pace, int count, int limitedCount, int maxBytes)
      implements Pick<Batch> {
    @Override
    public boolean isLease() {
      return false;
    }

    @Override
    public @Nullable Batch from(Rotation rotation, ScopeLane lane, Moment moment) {
      boolean limited = rotation.isLimited();
      boolean paced = limited && lane.turns.contention().isOn(moment);
      if (paced && pace.isHeld(lane.turns, moment)) {
        return null;
      }
      int most = paced ? 1 : limited ? limitedCount : count;
      List<Turn> turns = rotation.next(lane, most, maxBytes, moment);
      if (turns == null) {
        return null;
      }
      if (paced) {
        pace.take(lane.turns, moment);
      }
      return new Batch(turns, limited, moment);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Batch taken, Moment picked) {
      Picks.giveBack(stripes, account, scope, taken.turns(), taken.charged());
    }
  }

  record Hold(Scope scope, int maxHolds) implements Pick<Token> {
    @Override
    public boolean isLease() {
      return true;
    }

    @Override
    public @Nullable Token from(Rotation rotation, ScopeLane lane, Moment moment) {
      return rotation.hold(lane, maxHolds, moment);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Token taken, Moment picked) {
      stripes.withSlot(
          account,
          taken.id(),
          (rotation, slot, moment) ->
              rotation.giveBack(rotation.lanes.present(scope), slot, moment));
    }
  }
}
