package io.tokenbroker.server.grpc;

import io.tokenbroker.server.account.Demand;
import io.tokenbroker.server.account.TurnStream;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The batches of one token stream. */
final class TokenSource implements Source<StreamTokensResponse> {
  private final AccountId account;
  private final TurnStream turns;
  private final Demand demand;
  private final boolean growing;
  private final Runnable onClose;
  private final @Nullable Permit permit;
  private volatile Runnable wake = () -> {};

  /** Whether it will be woken when its caller may have turns again. */
  private volatile boolean delayed;

  /**
   * @param demand of the turns
   * @param growing whether anybody can ask for more
   * @param permit which has bounds; null if nobody asks
   */
  TokenSource(
      AccountId account,
      TurnStream turns,
      Demand demand,
      boolean growing,
      Runnable onClose,
      @Nullable Permit permit) {
    this.account = account;
    this.permit = permit;
    this.turns = turns;
    this.demand = demand;
    this.growing = growing;
    this.onClose = onClose;
  }

  @Override
  public void open(Runnable wake) {
    this.wake = wake;
    demand.onMore(wake);
  }

  @Override
  public AccountId account() {
    return account;
  }

  @Override
  public OptionalLong outstanding() {
    return demand.outstanding();
  }

  @Override
  public State state() {
    if (turns.isDone()) {
      return State.DONE;
    }
    if (demand.isOpen()) {
      return isRateOpen() ? State.READY : State.IDLE;
    }
    return growing ? State.IDLE : State.DONE;
  }

  private boolean isRateOpen() {
    if (delayed) {
      return false;
    }
    if (permit == null) {
      return true;
    }
    delayed = true; // before anything can wake it
    if (permit.isRateOpen(this::wakeUp)) {
      delayed = false;
    }
    return !delayed;
  }

  private void wakeUp() {
    delayed = false;
    wake.run();
  }

  @Override
  public CompletableFuture<StreamTokensResponse> next() {
    return turns.next().thenApply(this::made);
  }

  private StreamTokensResponse made(List<Turn> list) {
    if (permit != null) {
      permit.madeTurns(list.size());
    }
    return message(list);
  }

  private static StreamTokensResponse message(List<Turn> list) {
    StreamTokensResponse.Builder response = StreamTokensResponse.newBuilder();
    list.forEach(turn -> response.addTurns(TokenMapper.turn(turn)));
    return response.build();
  }

  @Override
  public void sent() {
    turns.sent();
  }

  @Override
  public void close() {
    onClose.run();
    turns.close();
  }
}
