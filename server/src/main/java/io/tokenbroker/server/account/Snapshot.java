package io.tokenbroker.server.account;

/**
 * The state of an account as watchers get it, made once for all of them.
 *
 * @param bytes what it takes of a connection
 */
public record Snapshot<M>(M message, int bytes) {}
