package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.Token;

/**
 * A hold on a token, to be given back with {@link RotationTable#unhold}.
 *
 * @param holds how many this broker has on the token now, from 1
 */
public record Held(Token token, int holds) {}
