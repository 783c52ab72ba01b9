package io.tokenbroker.client;

import io.tokenbroker.v1.Turn;
import org.jspecify.annotations.Nullable;

/**
 * One call to the upstream, for {@link TokenBrokerClient#withToken}. It may be made several times,
 * each time with another turn.
 */
@FunctionalInterface
public interface Call<T extends @Nullable Object, X extends Exception> {
  /**
   * @throws X if the upstream failed in a way that says nothing about the token: it is reported as
   *     UPSTREAM_ERROR and not tried again
   */
  Answer<T> with(Turn turn) throws X;
}
