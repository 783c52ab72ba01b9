package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.BrokerException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The calls that wait for a token and whose callers may be revoked meanwhile. Thread-safe. */
final class OpenWaits {
  private final Set<OpenWait> open = ConcurrentHashMap.newKeySet();

  /**
   * @param answer what is waited for; cancelling it gives up the place
   */
  OpenWait open(Permit permit, CompletableFuture<?> answer, Runnable onEnd) {
    OpenWait wait = new OpenWait(permit, answer, onEnd);
    open.add(wait);
    return wait;
  }

  /** Ends those whose callers are known no more, or may no more have what they wait for. */
  void recheck() {
    open.forEach(
        wait -> {
          BrokerException refusal = wait.permit.checkAgain();
          if (refusal != null) {
            wait.refuse(refusal);
          }
        });
  }

  /** One of them. */
  final class OpenWait {
    private final Permit permit;
    private final CompletableFuture<?> answer;
    private final Runnable onEnd;
    private volatile @Nullable BrokerException refusal;

    private OpenWait(Permit permit, CompletableFuture<?> answer, Runnable onEnd) {
      this.permit = permit;
      this.answer = answer;
      this.onEnd = onEnd;
    }

    /** Ends it by giving up its place. */
    void refuse(BrokerException why) {
      refusal = why;
      answer.cancel(false);
    }

    /** To be called once, when there is an answer; returns what it was refused for, if it was. */
    @Nullable BrokerException end() {
      open.remove(this);
      onEnd.run();
      return refusal;
    }
  }
}
