package io.tokenbroker.server.config;

import java.util.Optional;

/**
 * The broker's own database.
 *
 * @param url empty for the embedded one in {@link Config#data()}
 * @param user empty if none was given
 * @param poolSize connections, and threads that use them, 1 to 100
 * @param queue tasks that may wait for one of these threads, 1 to 100,000
 */
public record DatabaseConfig(
    Optional<JdbcUrl> url, Optional<String> user, Password password, int poolSize, int queue) {
  public boolean embedded() {
    return url.isEmpty();
  }
}
