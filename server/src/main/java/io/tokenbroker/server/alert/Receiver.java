package io.tokenbroker.server.alert;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** Who is told. Thread-safe. */
@FunctionalInterface
public interface Receiver {
  /**
   * Tells it once; the future is done within a time that does not depend on the receiver, with its
   * answer, or with why there was none.
   *
   * @param now goes into the signature: receivers refuse what is old
   */
  CompletableFuture<Answer> tell(Alert alert, Instant now);
}
