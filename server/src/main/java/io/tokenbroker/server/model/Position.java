package io.tokenbroker.server.model;

import java.util.List;

/**
 * Where an account's rotation stands, to go on from there after a restart.
 *
 * @param turn the number of the newest turn, 0 before the first
 * @param marks one for each scope in use and weight that the account's tokens have; a weight
 *     without one starts at its first token
 */
public record Position(long turn, List<Mark> marks) {
  public static final Position START = new Position(0, List.of());

  public Position {
    marks = List.copyOf(marks);
  }

  /**
   * Where the ring of one weight stands, for one scope.
   *
   * @param scope each has turns of its own; {@link Scope#ALL} those of requests without one
   * @param last the token that was handed out last; the next is the first ready one behind it, also
   *     when it is gone by then
   * @param lag how many turns the ring is behind (or, negative, ahead of) its share, -2 to 2; plus
   *     4 times a whole number that tells the rotation, with the same tokens ready, the whole state
   */
  public record Mark(Scope scope, int weight, TokenId last, double lag) {
    public Mark(int weight, TokenId last, double lag) {
      this(Scope.ALL, weight, last, lag);
    }
  }
}
