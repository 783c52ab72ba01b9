package io.tokenbroker.server.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.model.Failures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Says in the log that a periodic job fails: when that begins, when it becomes something else, and
 * when it is over. Thread-safe.
 */
public final class FailureLog {
  private final Logger log;
  private final String failing;
  private final String over;

  @GuardedBy("this")
  private @Nullable String told;

  /**
   * @param failing what to say when it begins
   * @param over what to say when it is over
   */
  public FailureLog(Logger log, String failing, String over) {
    this.log = log;
    this.failing = failing;
    this.over = over;
  }

  public synchronized void failed(Throwable failure) {
    String reason = Failures.text(failure);
    if (!reason.equals(told)) {
      told = reason;
      log.atWarn().addKeyValue("cause", reason).log(failing);
    }
  }

  public synchronized void succeeded() {
    if (told != null) {
      told = null;
      log.info(over);
    }
  }
}
