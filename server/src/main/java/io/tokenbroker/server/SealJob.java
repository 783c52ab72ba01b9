package io.tokenbroker.server;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.store.StoreExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Encrypts rows in portions until there are none left. Again with the next tick if the store can't:
 * those that serve calls tell of it.
 *
 * @param portion tells whether there is more
 */
record SealJob(StoreExecutor executor, Supplier<Boolean> portion) {
  CompletableFuture<Boolean> run() {
    return executor
        .submit(portion)
        .exceptionallyCompose(
            failure ->
                failure.getCause() instanceof BrokerException || failure instanceof BrokerException
                    ? CompletableFuture.completedFuture(false)
                    : CompletableFuture.failedFuture(failure))
        .thenCompose(more -> more ? run() : CompletableFuture.completedFuture(false));
  }
}
