package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.Turn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a call asks of a rotation: one turn, turns, turns of a stream, or a token to be leased. */
sealed interface TokenRequest<T> {
  Scope scope();

  /** Whether it is for a lease. */
  default boolean isLease() {
    return false;
  }

  /** Whether it depends on the time also where all tokens of the account are plain. */
  default boolean isTimed() {
    return !scope().equals(Scope.ALL);
  }

  /** Takes it. Under the stripe; null means that no token is ready for it. */
  @Nullable T take(Rotation rotation, ScopeLane lane, Moment moment);

  /**
   * Undoes it, because its caller has gone. Outside the lock.
   *
   * @param made when it was taken; null if that is not known to the nanosecond
   */
  void giveBack(Stripes stripes, AccountId account, T taken, @Nullable Moment made);

  /** The last turn first: so all of them can have their places back. */
  static void giveBack(
      Stripes stripes, AccountId account, Scope scope, List<Turn> turns, @Nullable Moment made) {
    stripes.act(
        account,
        (rotation, moment) -> {
          ScopeLane lane = rotation.lanes.present(scope);
          for (int i = turns.size() - 1; i >= 0; i--) {
            rotation.giveBack(lane, turns.get(i), made, moment);
          }
        });
  }

  record OneTurn(Scope scope) implements TokenRequest<Turn> {
    @Override
    public @Nullable Turn take(Rotation rotation, ScopeLane lane, Moment moment) {
      return rotation.next(lane, moment);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Turn taken, @Nullable Moment made) {
      TokenRequest.giveBack(stripes, account, scope, List.of(taken), made);
    }
  }

  record Turns(Scope scope, int count, int maxBytes) implements TokenRequest<List<Turn>> {
    @Override
    public @Nullable List<Turn> take(Rotation rotation, ScopeLane lane, Moment moment) {
      return rotation.next(lane, count, maxBytes, moment);
    }

    @Override
    public void giveBack(
        Stripes stripes, AccountId account, List<Turn> taken, @Nullable Moment made) {
      TokenRequest.giveBack(stripes, account, scope, taken, made);
    }
  }

  /** See {@link Supply#next}. Null also means that others have their turns first. */
  record StreamTurns(Scope scope, Pace pace, int count, int limitedCount, int maxBytes)
      implements TokenRequest<Batch> {
    @Override
    public @Nullable Batch take(Rotation rotation, ScopeLane lane, Moment moment) {
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
    public void giveBack(Stripes stripes, AccountId account, Batch taken, @Nullable Moment made) {
      TokenRequest.giveBack(stripes, account, scope, taken.turns(), taken.charged());
    }
  }

  /** A token to be leased. */
  record LeaseHold(Scope scope, int maxHolds) implements TokenRequest<Token> {
    @Override
    public boolean isLease() {
      return true;
    }

    @Override
    public boolean isTimed() {
      return true;
    }

    @Override
    public @Nullable Token take(Rotation rotation, ScopeLane lane, Moment moment) {
      return rotation.hold(lane, maxHolds, moment);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Token taken, @Nullable Moment made) {
      stripes.withSlot(
          account,
          taken.id(),
          (rotation, slot, moment) ->
              rotation.giveBack(rotation.lanes.present(scope), slot, moment));
    }
  }
}
