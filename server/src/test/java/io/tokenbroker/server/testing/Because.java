package io.tokenbroker.server.testing;

import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import org.assertj.core.api.Condition;

/** Why something failed, for assertions. */
public final class Because {
  private Because() {}

  /** Also of what a future that was joined has thrown. */
  public static Condition<Throwable> because(FailureReason reason) {
    return new Condition<>(failure -> Failures.is(reason, failure), "failed with %s", reason);
  }
}
