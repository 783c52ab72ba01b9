package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.Health;

/**
 * What a report has made of a token.
 *
 * @param health after the report; what is not as before is due to be saved
 * @param duplicate whether the turn had been reported before, so that nothing changed
 */
public record Reported(TokenStatus state, Health health, boolean duplicate) {}
