package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.store.TokenStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A broker that serves, from {@link Start#start} to {@link #stop}. */
public interface Daemon {
  /**
   * The ports that it listens on, also if any free one was asked for: that of listen, and of
   * listen_admin if there is one; -1 for a Unix socket.
   */
  List<Integer> ports();

  /**
   * From now on calls may have the configuration read again.
   *
   * @param again reads all of it, as at the start
   * @return does the same, soon
   */
  Runnable reloadable(LoadedConfig started, Supplier<LoadedConfig> again);

  /** Drains and closes everything; blocks until that is done. Called once. */
  void stop() throws InterruptedException;

  /** Starts daemons. */
  @FunctionalInterface
  interface Start {
    /**
     * Returns once calls are accepted; leaves nothing running behind if it fails.
     *
     * @param prepare is given the store before calls are accepted
     * @param stop completes when there is to be no start any more
     * @throws java.util.concurrent.CancellationException if that was while it waited for a database
     * @throws StartException if a remedy is known
     * @throws java.io.IOException if the address can't be listened on
     * @throws io.tokenbroker.server.model.BrokerException if the database can't be used
     */
    Daemon start(
        Config config, Consumer<TokenStore> prepare, CompletableFuture<@Nullable Void> stop)
        throws Exception;
  }
}
