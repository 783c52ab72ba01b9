package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.Token;

/**
 * A lease that was just granted.
 *
 * @param begun when the database was asked, by the ticker
 * @param sureUntil until when it holds for sure unless it is ended, by the ticker: reckoned from
 *     before the database was asked
 */
public record GrantedLease(Lease lease, Token token, long begun, long sureUntil) {}
