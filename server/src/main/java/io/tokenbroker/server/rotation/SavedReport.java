package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Reported;
import java.util.concurrent.CompletableFuture;

/**
 * What a report has made of a token.
 *
 * @param right by which it was taken, and saved if that is to be first
 */
record SavedReport(Reported reported, Right right) {
  /** Completes with it once it is saved. */
  CompletableFuture<Reported> told(AccountId account, ReportRule judge) {
    judge.taken(reported);
    return right.savesFirst()
        ? SavesFirst.save(right).thenApply(saved -> saved ? reported : unsaved(account))
        : CompletableFuture.completedFuture(reported);
  }

  private Reported unsaved(AccountId account) {
    return switch (right.state()) {
      // as are turns: all that is told meanwhile is this broker's alone
      case UNLIMITED -> reported;
      case FULL -> throw SavesFirst.failure("What the report makes of its token");
      case STOPPED, ENDED -> throw right.refusal(account);
    };
  }
}
