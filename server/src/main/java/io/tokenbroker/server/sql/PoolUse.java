package io.tokenbroker.server.sql;

/**
 * The connections to a database.
 *
 * @param database {@code own} or {@code credentials}
 * @param inUse how many are at work, about
 * @param most how many there may be
 */
public record PoolUse(String database, int inUse, int most) {}
