package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountSettings;
import io.tokenbroker.server.model.LeasePolicy;

/** All that operators set on an account: what its tokens are bound to, and what its leases are. */
public record AllSettings(AccountSettings account, LeasePolicy leases) {}
