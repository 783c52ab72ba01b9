package io.tokenbroker.server.security;

import io.tokenbroker.server.store.SealedSecretException;
import io.tokenbroker.server.store.SecretCipher;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Encrypts with the keys of a keyset, which may be replaced while it is in use. Thread-safe. */
public final class KeysetCipher implements SecretCipher {
  private final Runnable whenKeyIsMissing;
  private final Map<Long, SecretKey> left = new ConcurrentHashMap<>();
  private volatile Keyset keyset;

  public KeysetCipher(Keyset keyset) {
    this(keyset, () -> {});
  }

  /**
   * @param whenKeyIsMissing may find more keys and {@link #replace} those that are here
   */
  public KeysetCipher(Keyset keyset, Runnable whenKeyIsMissing) {
    this.keyset = keyset;
    this.whenKeyIsMissing = whenKeyIsMissing;
  }

  public Keyset keyset() {
    return keyset;
  }

  /**
   * Takes other keys. Those that are not among them can still be opened with: this process, or
   * another one, may have sealed with them until now.
   */
  public void replace(Keyset with) {
    left.putAll(keyset.keys());
    left.keySet().removeAll(with.ids());
    keyset = with;
  }

  /** The keys of before that are in no keyset any more. */
  public Set<Long> left() {
    return Set.copyOf(left.keySet());
  }

  @Override
  public long currentKey() {
    return keyset.current();
  }

  @Override
  public Set<Long> keys() {
    return keyset.keys().keySet();
  }

  @Override
  public Sealed seal(String account, long token, String secret) {
    Keyset now = keyset;
    return new Sealed(now.current(), now.currentKey().seal(account, token, secret));
  }

  @Override
  public String open(String account, long token, String sealed) throws SealedSecretException {
    try {
      byte[] bytes = Base64.getDecoder().decode(sealed);
      long id = keyOf(bytes);
      SecretKey key = key(id);
      if (key == null) {
        whenKeyIsMissing.run();
        key = key(id);
      }
      if (key == null) {
        throw SealedSecretException.keyMissing(id);
      }
      return key.open(account, token, bytes);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw SealedSecretException.refused();
    }
  }

  private @Nullable SecretKey key(long id) {
    SecretKey key = keyset.keys().get(id);
    return key == null ? left.get(id) : key;
  }

  /** That Tink writes before what it has encrypted: a 1, and the id. */
  private static long keyOf(byte[] sealed) throws GeneralSecurityException {
    if (sealed.length < 5 || sealed[0] != 1) {
      throw new GeneralSecurityException("not by Tink");
    }
    return Integer.toUnsignedLong(ByteBuffer.wrap(sealed, 1, 4).getInt());
  }

  @Override
  public List<byte[]> hashes(String account, String secret) {
    Keyset now = keyset;
    List<byte[]> hashes = new ArrayList<>();
    hashes.add(now.currentKey().hash(account, secret));
    now.keys()
        .forEach(
            (id, key) -> {
              if (id != now.current()) {
                hashes.add(key.hash(account, secret));
              }
            });
    return hashes;
  }
}
