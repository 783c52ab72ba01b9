package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.SealedSecretException;
import io.tokenbroker.server.store.SecretCipher;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How secrets stand in rows: sealed or as plain text. What is plain was written before there was a
 * key, or by a person, and is as good as what is sealed.
 *
 * @param cipher null without a key: then all that is written is plain text
 */
record StoredSecrets(@Nullable SecretCipher cipher) {
  static final StoredSecrets PLAIN = new StoredSecrets(null);

  /**
   * @throws SealedSecretException if it can't be read
   */
  String open(String account, long token, String sealed) throws SealedSecretException {
    if (cipher == null) {
      throw SealedSecretException.noKey();
    }
    return cipher.open(account, token, sealed);
  }

  /**
   * What the row of a secret may have as its hash, what a new one gets first. Plain text that was
   * written before there was a key has the last.
   */
  List<SecretHash> hashes(String account, String secret) {
    SecretHash bare = SecretHash.of(secret);
    if (cipher == null) {
      return List.of(bare);
    }
    List<SecretHash> hashes =
        new ArrayList<>(cipher.hashes(account, secret).stream().map(SecretHash::new).toList());
    hashes.add(bare);
    return hashes;
  }
}
