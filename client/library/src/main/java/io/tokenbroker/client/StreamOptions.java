package io.tokenbroker.client;

/**
 * How a {@link TokenSequence} is supplied.
 *
 * @param batchSize the most turns in one message, 1 to 1,000, or 0 for the broker's default (100)
 * @param limit the number of turns after which the sequence ends, from 1; 0 for no limit
 * @param bufferSize how many turns at most wait to be taken or are on their way, from 1; they are
 *     asked for in portions of half of it. A large one is quicker, a small one wastes less where
 *     tokens have limits
 * @param scope what the tokens will be used for; see {@link TurnOptions#scope}
 */
public record StreamOptions(int batchSize, long limit, int bufferSize, String scope) {
  /** Batches of 100, no limit, a buffer of 100, no scope. */
  public static final StreamOptions DEFAULT = new StreamOptions(100, 0, 100);

  /** Leaves the batch size and the scope to the broker to judge. */
  public StreamOptions {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must not be negative, is " + limit);
    }
    if (bufferSize < 1) {
      throw new IllegalArgumentException("bufferSize must be at least 1, is " + bufferSize);
    }
  }

  /** Without a scope. */
  public StreamOptions(int batchSize, long limit, int bufferSize) {
    this(batchSize, limit, bufferSize, "");
  }

  public StreamOptions withBatchSize(int batchSize) {
    return new StreamOptions(batchSize, limit, bufferSize, scope);
  }

  public StreamOptions withLimit(long limit) {
    return new StreamOptions(batchSize, limit, bufferSize, scope);
  }

  public StreamOptions withBufferSize(int bufferSize) {
    return new StreamOptions(batchSize, limit, bufferSize, scope);
  }

  public StreamOptions withScope(String scope) {
    return new StreamOptions(batchSize, limit, bufferSize, scope);
  }
}
