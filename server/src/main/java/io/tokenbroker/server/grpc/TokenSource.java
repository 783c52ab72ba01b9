package io.tokenbroker.server.grpc;

import io.tokenbroker.server.account.Demand;
import io.tokenbroker.server.account.TurnStream;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The batches of one token stream. */
final class TokenSource implements Source<StreamTokensResponse> {
  private final TurnStream turns;
  private final Demand demand;
  private final boolean growing;
  private final Runnable onClose;

  /**
   * @param demand of the turns
   * @param growing whether anybody can ask for more
   */
  TokenSource(TurnStream turns, Demand demand, boolean growing, Runnable onClose) {
    this.turns = turns;
    this.demand = demand;
    this.growing = growing;
    this.onClose = onClose;
  }

  @Override
  public void open(Runnable wake) {
    demand.onMore(wake);
  }

  @Override
  public State state() {
    if (turns.isDone()) {
      return State.DONE;
    }
    if (demand.isOpen()) {
      return State.READY;
    }
    return growing ? State.IDLE : State.DONE;
  }

  @Override
  public CompletableFuture<StreamTokensResponse> next() {
    return turns.next().thenApply(TokenSource::message);
  }

  private static StreamTokensResponse message(List<Turn> list) {
    StreamTokensResponse.Builder response = StreamTokensResponse.newBuilder();
    list.forEach(turn -> response.addTurns(Messages.turn(turn)));
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
