package io.tokenbroker.server.fleet;

/**
 * Who owns a partition, as the database has it.
 *
 * @param owner the id of a member; of none, if the partition is free
 * @param epoch grows whenever the owner changes
 */
public record Seat(int partition, String owner, long epoch) {}
