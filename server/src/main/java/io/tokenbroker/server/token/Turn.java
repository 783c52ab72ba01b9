package io.tokenbroker.server.token;

/**
 * One hand-out of a token.
 *
 * @param number counts the hand-outs of the account, from 1
 */
public record Turn(Token token, long number) {}
