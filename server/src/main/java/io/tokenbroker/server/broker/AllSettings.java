package io.tokenbroker.server.broker;

import io.tokenbroker.server.token.AccountSettings;
import io.tokenbroker.server.token.LeasePolicy;

/** All that operators set on an account: what its tokens are bound to, and what its leases are. */
public record AllSettings(AccountSettings account, LeasePolicy leases) {}
