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
  static final Key<String> VAULT_KEY =
      Key.optional(
          "encryption.vault_key",
          new VaultUrlType(),
          "https://vault.example.com:8200/v1/transit/keys/tokenbroker",
          "A key of an OpenBao's or HashiCorp Vault's transit engine that the keyset is encrypted with"
              + " in encryption.keyset_file; asked at a start, and when the file has changed.");
  static final Key<Path> VAULT_TOKEN_FILE =
      Key.optional(
          "encryption.vault_token_file",
          new PathType(),
          "/run/secrets/vault-token",
          "A file with nothing but the token that may encrypt and decrypt with that key.");
}
