package io.tokenbroker.server.rpc;

import io.tokenbroker.server.broker.Turns;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Turn;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The batches of one token stream. */
final class TokenSource implements Source<StreamTokensResponse> {
  private final Turns turns;
  private final AccountId account;
  private final Scope scope;
  private final int batch;
  private long left;
  private @Nullable CompletableFuture<List<Turn>> asked;

  /**
   * @param limit how many turns there are in all; 0 means no limit
   */
  TokenSource(Turns turns, AccountId account, Scope scope, int batch, long limit) {
    this.turns = turns;
    this.account = account;
    this.scope = scope;
    this.batch = batch;
    this.left = limit == 0 ? Long.MAX_VALUE : limit;
  }

  @Override
  public void open(Runnable wake) {}

  @Override
  public State state() {
    return left == 0 ? State.DONE : State.READY;
  }

  @Override
  public CompletableFuture<StreamTokensResponse> next() {
    CompletableFuture<List<Turn>> next = turns.batch(account, scope, (int) Math.min(batch, left));
    asked = next;
    return next.thenApply(this::message);
  }

  private StreamTokensResponse message(List<Turn> list) {
    left -= list.size();
    StreamTokensResponse.Builder response = StreamTokensResponse.newBuilder();
    list.forEach(turn -> response.addTurns(Messages.turn(turn)));
    return response.build();
  }

  @Override
  public void close() {
    if (asked != null) {
      // it may wait for a token
      asked.cancel(false);
    }
  }
}
