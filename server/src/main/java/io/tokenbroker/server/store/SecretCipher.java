package io.tokenbroker.server.store;

import java.util.List;
import java.util.Set;

/**
 * Encrypts secrets for where they are kept, each bound to its account and the id of its token.
 * Without I/O; thread-safe. Keys may come and go while it is in use.
 */
public interface SecretCipher {
  /** The id of the key that secrets are sealed with now; from 1. */
  long currentKey();

  /** The ids of all keys that can be opened with. */
  Set<Long> keys();

  /** Seals with {@link #currentKey}; the result is text that is fit for any column. */
  Sealed seal(String account, long token, String secret);

  /**
   * @throws SealedSecretException if it was not sealed for this account and token, or with a key
   *     that is not here
   */
  String open(String account, long token, String sealed) throws SealedSecretException;

  /**
   * What tells whether an account has a secret already: 32 bytes that say nothing to who has no
   * key. One for each key, that of {@link #currentKey} first.
   */
  List<byte[]> hashes(String account, String secret);

  /**
   * A secret that nobody can read without the key.
   *
   * @param key the id of the key, from 1; it stands in the text as well
   */
  record Sealed(long key, String text) {}
}
