package io.tokenbroker.server.model;

/**
 * One hand-out of a token.
 *
 * @param number counts the hand-outs of the account, from 1
 * @param probation whether the token is in quarantine and this turn finds out if it works again
 * @param right of several rights that a broker may have had to the account, one after the other, by
 *     which one it was handed out
 */
public record Turn(Token token, long number, boolean probation, int right) {}
