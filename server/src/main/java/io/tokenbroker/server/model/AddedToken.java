package io.tokenbroker.server.model;

/**
 * What became of a token that was to be added.
 *
 * @param token as it is stored now
 * @param alreadyExisted whether the account had this secret before, in which case it was left as it
 *     was
 */
public record AddedToken(TokenInfo token, boolean alreadyExisted) {}
