package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.Lease;
import java.util.concurrent.CompletableFuture;

/** Where the outcome goes that came with the release of a lease. */
@FunctionalInterface
public interface OutcomePort {
  /** Nothing to report. */
  OutcomePort NONE = lease -> CompletableFuture.completedFuture(null);

  /** Reports for the token and the scope of the lease, before the token is handed out again. */
  CompletableFuture<?> report(Lease lease);
}
