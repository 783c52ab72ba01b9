package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountState.TokenStatus;

/**
 * A token after a report.
 *
 * @param duplicate whether the turn had been reported before, so that nothing changed
 */
public record ReportedToken(TokenStatus token, boolean duplicate) {}
