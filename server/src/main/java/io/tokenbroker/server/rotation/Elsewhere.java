package io.tokenbroker.server.rotation;

import java.time.Instant;

/**
 * What other brokers hold of one token.
 *
 * @param count how many holds, from 1
 * @param until when the first of them ends unless it is renewed. Callers are told it; the holds
 *     count until {@link RotationTable#leasedElsewhere} says otherwise
 */
public record Elsewhere(int count, Instant until) {}
