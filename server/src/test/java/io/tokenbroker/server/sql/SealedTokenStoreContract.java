package io.tokenbroker.server.sql;

import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetCipher;
import io.tokenbroker.server.store.SecretCipher;
import java.util.Optional;

/** What holds for plain text holds for encrypted secrets. */
abstract class SealedTokenStoreContract extends TokenStoreContract {
  private final SecretCipher cipher = new KeysetCipher(Keyset.generate());

  @Override
  Optional<SecretCipher> cipher() {
    return Optional.of(cipher);
  }
}
