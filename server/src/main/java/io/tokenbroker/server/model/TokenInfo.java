package io.tokenbroker.server.model;

/** A token as operators see it: without its secret. */
public record TokenInfo(TokenId id, TokenSettings settings) {}
