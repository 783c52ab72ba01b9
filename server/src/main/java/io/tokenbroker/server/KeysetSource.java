package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.Password;
import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.security.KeysetFile;
import io.tokenbroker.server.security.VaultTransit;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the keys for secrets come from; at most one of the two.
 *
 * @param own whether the file is the one of the data directory, which is made if need be
 * @param text the keyset itself
 */
record KeysetSource(Optional<KeysetFile> file, boolean own, Optional<Password> text) {
  static final String KEY = "encryption.keyset_file (TOKENBROKER_ENCRYPTION_KEYSET_FILE)";

  /** In the data directory. */
  private static final String FILE = "tokenbroker.keyset";

  static KeysetSource of(Config config) {
    Optional<Password> text = config.encryption().keyset();
    Optional<KeysetFile> given = config.encryption().keysetFile().map(path -> at(path, config));
    boolean own = text.isEmpty() && given.isEmpty() && config.database().url().isEmpty();
    return new KeysetSource(
        own ? Optional.of(new KeysetFile(config.data().resolve(FILE), Optional.empty())) : given,
        own,
        text);
  }

  /** With a keyset in the form that is configured: encrypted by a vault, or not. */
  static KeysetFile at(Path path, Config config) {
    return new KeysetFile(
        path, config.encryption().vault().map(key -> new VaultTransit(key.url(), key.tokenFile())));
  }

  /**
   * Empty if there is none, or none yet.
   *
   * @throws KeysetException if it can't be used; the message says which one
   */
  Optional<Found> read() throws KeysetException {
    if (text.isPresent()) {
      try {
        String given = text.get().reveal();
        return Optional.of(new Found(Keyset.parse(given, Optional.empty()), given));
      } catch (KeysetException e) {
        throw new KeysetException("encryption.keyset " + e.getMessage());
      }
    }
    if (file.isEmpty() || (own && !file.get().exists())) {
      return Optional.empty();
    }
    String content = file.get().content();
    return Optional.of(new Found(file.get().parse(content), content));
  }

  /**
   * A keyset, and what it was read from; prints neither.
   *
   * @param content to be compared with a later one
   */
  record Found(Keyset keyset, String content) {
    @Override
    public String toString() {
      return keyset.toString();
    }
  }
}
