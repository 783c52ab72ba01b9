package io.tokenbroker.server.token;

/** A token as operators see it: without its secret. */
public record TokenInfo(TokenId id, TokenSettings settings) {}
