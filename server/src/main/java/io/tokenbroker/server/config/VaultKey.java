package io.tokenbroker.server.config;

import java.nio.file.Path;

/**
 * A key in a vault that encrypts the keyset.
 *
 * @param url of the key in a transit engine
 * @param tokenFile what the broker shows to the vault
 */
public record VaultKey(String url, Path tokenFile) {}
