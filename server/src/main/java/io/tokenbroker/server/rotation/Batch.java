package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.Turn;
import java.util.List;

/**
 * Turns of one stream.
 *
 * @param limited whether the account has limits, and so the bound of them held
 * @param nanos when they were charged, on the ticker
 * @param millis the same, on the wall clock
 */
public record Batch(List<Turn> turns, boolean limited, long nanos, long millis) {}
