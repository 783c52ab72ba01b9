package io.tokenbroker.server.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the keys are that the secrets in the broker's own database are encrypted with. One of the
 * two at the most; without either the embedded database has a file of its own, and another database
 * keeps plain text.
 *
 * @param keyset the keyset itself, in JSON
 * @param vault what the keyset is encrypted with in its file
 */
public record EncryptionConfig(
    Optional<Path> keysetFile, Optional<Password> keyset, Optional<VaultKey> vault) {}
