package io.tokenbroker.server.model;

/** A token that is to be added; the store will give it an id. */
public record NewToken(Secret secret, TokenSettings settings) {}
