package io.tokenbroker.server.config;

import java.util.Optional;

/**
 * An existing table of credentials, which is only read.
 *
 * @param user empty if none was given
 * @param query one SELECT that gives account, id and secret of every token
 * @param poolSize connections, 1 to 100
 */
public record CredentialsConfig(
    JdbcUrl url, Optional<String> user, Password password, String query, int poolSize) {}
