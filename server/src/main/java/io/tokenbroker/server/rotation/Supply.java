package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Scope;
import java.util.concurrent.CompletableFuture;

/** What one stream takes of an account, one batch after the other. Thread-safe. */
public final class Supply {
  private final TokenRequests requests;
  private final Stripes stripes;
  private final AccountId account;
  private final Scope scope;
  private final Wait wait;
  private final Pace pace = new Pace();

  Supply(TokenRequests requests, Stripes stripes, AccountId account, Scope scope, String caller) {
    this.wait = new Wait(Wait.FOREVER.patience(), caller);
    this.requests = requests;
    this.stripes = stripes;
    this.account = account;
    this.scope = scope;
  }

  /**
   * The next turns, at least one; waits for as long as it takes. While others want the same limited
   * tokens, one turn in its turn.
   *
   * @param count how many at most, if no token of the account has limits
   * @param limitedCount how many at most if any has
   * @param maxBytes ends the batch as soon as its texts have this many bytes
   */
  public CompletableFuture<Batch> next(int count, int limitedCount, int maxBytes) {
    return requests.take(
        account, new TokenRequest.StreamTurns(scope, pace, count, limitedCount, maxBytes), wait);
  }

  /**
   * Undoes a batch that nobody can have seen: what it used of limits, and, unless others had turns
   * after it, its place and its numbers.
   */
  public void giveBack(Batch batch) {
    TokenRequest.giveBack(stripes, account, scope, batch.turns(), batch.charged());
  }
}
