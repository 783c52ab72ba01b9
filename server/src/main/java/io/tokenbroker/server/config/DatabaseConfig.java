package io.tokenbroker.server.config;

import java.util.Optional;

/**
 * The broker's own database.
 *
 * @param url empty for the embedded one in {@link Config#data()}
 * @param user empty if none was given
 * @param poolSize connections, and threads that use them, 1 to 100
 * @param queue tasks that may wait for one of these threads, 1 to 100,000
 * @param queueBytes what those with much to write may take of memory
 */
public record DatabaseConfig(
    Optional<JdbcUrl> url,
    Optional<String> user,
    Password password,
    int poolSize,
    int queue,
    long queueBytes) {
  public boolean embedded() {
    return url.isEmpty();
  }
}
