package io.tokenbroker.server.rotation;

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
      Stripes stripes, AccountId account, Scope scope, List<Turn> turns, long nanos, long millis) {
    stripes.act(
        account,
        rotation -> {
          ScopeLane lane = rotation.lanes.present(scope);
          for (int i = turns.size() - 1; i >= 0; i--) {
            rotation.giveBack(lane, turns.get(i), nanos, millis);
          }
        });
  }

  record OneTurn(Scope scope) implements Pick<Turn> {
    @Override
    public boolean isLease() {
      return false;
    }

    @Override
    public @Nullable Turn from(Rotation rotation, ScopeLane lane) {
      return rotation.next(lane);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Turn taken, long nanos, long millis) {
      Picks.giveBack(stripes, account, scope, List.of(taken), nanos, millis);
    }
  }

  record Turns(Scope scope, int count, int maxBytes) implements Pick<List<Turn>> {
    @Override
    public boolean isLease() {
      return false;
    }

    @Override
    public @Nullable List<Turn> from(Rotation rotation, ScopeLane lane) {
      return rotation.next(lane, count, maxBytes);
    }

    @Override
    public void giveBack(
        Stripes stripes, AccountId account, List<Turn> taken, long nanos, long millis) {
      Picks.giveBack(stripes, account, scope, taken, nanos, millis);
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
    public @Nullable Batch from(Rotation rotation, ScopeLane lane) {
      boolean limited = rotation.isLimited();
      boolean paced = limited && lane.turns.contention().isOn(rotation.now);
      if (paced && pace.isHeld(lane.turns, rotation.now)) {
        return null;
      }
      int most = paced ? 1 : limited ? limitedCount : count;
      List<Turn> turns = rotation.next(lane, most, maxBytes);
      if (turns == null) {
        return null;
      }
      if (paced) {
        pace.take(lane.turns, rotation.now);
      }
      return new Batch(turns, limited, rotation.now.nanos, rotation.now.millis);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Batch taken, long nanos, long millis) {
      Picks.giveBack(stripes, account, scope, taken.turns(), taken.nanos(), taken.millis());
    }
  }

  record Hold(Scope scope, int maxHolds) implements Pick<Token> {
    @Override
    public boolean isLease() {
      return true;
    }

    @Override
    public @Nullable Token from(Rotation rotation, ScopeLane lane) {
      return rotation.hold(lane, maxHolds);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Token taken, long nanos, long millis) {
      stripes.withSlot(
          account,
          taken.id(),
          (rotation, slot) -> rotation.giveBack(rotation.lanes.present(scope), slot));
    }
  }
}
