package io.tokenbroker.server.broker;

import io.tokenbroker.server.token.AccountState.TokenState;

/**
 * A token after a report.
 *
 * @param duplicate whether the turn had been reported before, so that nothing changed
 */
public record ReportedToken(TokenState token, boolean duplicate) {}
