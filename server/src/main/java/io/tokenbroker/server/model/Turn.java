package io.tokenbroker.server.model;

/**
 * One hand-out of a token.
 *
 * @param number counts the hand-outs of the account, from 1
 * @param probation whether the token is in quarantine and this turn finds out if it works again
 */
public record Turn(Token token, long number, boolean probation) {
  public Turn(Token token, long number) {
    this(token, number, false);
  }
}
