package io.tokenbroker.server.sql;

import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetCipher;
import io.tokenbroker.server.store.SecretCipher;
import io.tokenbroker.server.testing.TestDatabase;
import java.util.Optional;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What holds for plain text holds for encrypted secrets. */
class SqliteSealedTokenStoreTest extends TokenStoreContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.sqlite();

  private final SecretCipher cipher = new KeysetCipher(Keyset.generate());

  @Override
  TestDatabase server() {
    return SERVER;
  }

  @Override
  Optional<SecretCipher> cipher() {
    return Optional.of(cipher);
  }
}
