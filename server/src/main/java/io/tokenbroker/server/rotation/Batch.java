package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Turn;
import java.util.List;

/**
 * Turns of one stream.
 *
 * @param limited whether the account has limits, and so the bound of them held
 * @param charged when they were handed out
 */
public record Batch(List<Turn> turns, boolean limited, Moment charged) {}
