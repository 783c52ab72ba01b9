package io.tokenbroker.server.account;

import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenLimits;

/**
 * What operators set on an account at any time.
 *
 * @param tokenLimits of each token that has none of its own
 * @param leases what its leases are bound to
 */
public record AccountSettings(TokenLimits tokenLimits, LeasePolicy leases) {}
