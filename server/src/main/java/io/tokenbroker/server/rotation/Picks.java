package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.Turn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The kinds of picks. */
final class Picks {
  /** The most frequent one: made once. */
  static final Pick<Turn> NEXT = new OneTurn(Scope.ALL);

  private Picks() {}

  private static void release(Stripes stripes, AccountId account, Turn turn) {
    stripes.withSlot(
        account, turn.token().id(), (rotation, slot) -> rotation.release(slot, turn.number()));
  }

  record OneTurn(Scope scope) implements Pick<Turn> {
    @Override
    public boolean isLease() {
      return false;
    }

    @Override
    public @Nullable Turn from(Rotation rotation, Lane lane) {
      return rotation.next(lane);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Turn taken) {
      release(stripes, account, taken);
    }
  }

  record Turns(Scope scope, int count, int maxBytes) implements Pick<List<Turn>> {
    @Override
    public boolean isLease() {
      return false;
    }

    @Override
    public @Nullable List<Turn> from(Rotation rotation, Lane lane) {
      return rotation.next(lane, count, maxBytes);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, List<Turn> taken) {
      taken.forEach(turn -> release(stripes, account, turn));
    }
  }

  record Hold(Scope scope, int maxHolds) implements Pick<Token> {
    @Override
    public boolean isLease() {
      return true;
    }

    @Override
    public @Nullable Token from(Rotation rotation, Lane lane) {
      return rotation.hold(lane, maxHolds);
    }

    @Override
    public void giveBack(Stripes stripes, AccountId account, Token taken) {
      stripes.withSlot(
          account,
          taken.id(),
          (rotation, slot) -> rotation.giveBack(rotation.lanes.present(scope), slot));
    }
  }
}
