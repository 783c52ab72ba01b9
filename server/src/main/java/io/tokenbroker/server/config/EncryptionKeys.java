package io.tokenbroker.server.config;

import java.nio.file.Path;

/** The keys about secrets at rest; part of {@link Keys#ALL}. */
final class EncryptionKeys {
  private EncryptionKeys() {}

  static final Key<Path> KEYSET_FILE =
      Key.optional(
          "encryption.keyset_file",
          new PathType(),
          "/etc/tokenbroker/keyset.json",
          "A file of mode 0600 with the keys that secrets are encrypted with in the database; made by"
              + " tokenbroker keys create. Looked at every 5 s. The embedded database makes one in"
              + " its data directory.");
  static final Key<Password> KEYSET =
      Key.optional(
              "encryption.keyset",
              new PasswordType(),
              "{}",
              "The same keys themselves, for an environment variable; instead of"
                  + " encryption.keyset_file.")
          .asConfidential();
}
