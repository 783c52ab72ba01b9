package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;

/**
 * An account as operators see it.
 *
 * @param tokens how many the store has
 * @param ready how many of them are benched by nothing; if it is not in memory, how many are
 *     neither disabled nor expired
 * @param loaded whether it is in memory
 * @param turn the number of its newest turn here; 0 if it is not loaded
 * @param settings what operators set for it
 */
public record Account(
    AccountId id, int tokens, int ready, boolean loaded, long turn, AllSettings settings) {}
