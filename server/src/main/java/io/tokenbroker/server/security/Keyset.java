package io.tokenbroker.server.security;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import java.security.GeneralSecurityException;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys that secrets are encrypted with: a Tink keyset of AES-256-GCM keys, in the JSON that
 * Tink and tinkey write. Immutable; prints no key.
 */
public final class Keyset {
  /** In characters of JSON. A key takes 230. */
  static final int MAX_LENGTH = 64 * 1024;

  private final KeysetHandle handle;
  private final Map<Long, SecretKey> keys = new LinkedHashMap<>();

  private Keyset(KeysetHandle handle) throws KeysetException, GeneralSecurityException {
    this.handle = handle;
    Set<Integer> ids = new HashSet<>();
    boolean usable = false;
    for (int i = 0; i < handle.size(); i++) {
      KeysetHandle.Entry entry = handle.getAt(i);
      long id = number(entry.getId());
      if (!ids.add(entry.getId())) {
        throw new KeysetException("has two keys of the id %d".formatted(id));
      }
      usable |= entry.isPrimary() && entry.getStatus() == KeyStatus.ENABLED;
      if (entry.getStatus() == KeyStatus.ENABLED) {
        if (!(entry.getKey() instanceof AesGcmKey key) || !isOurs(key.getParameters())) {
          throw new KeysetException(
              "key %d is no AES-256-GCM key of Tink's own form".formatted(id));
        }
        keys.put(id, SecretKey.of(id, key));
      }
    }
    if (!usable) {
      throw new KeysetException("has a primary key that is not enabled");
    }
  }

  private static boolean isOurs(AesGcmParameters parameters) {
    return parameters.getKeySizeBytes() == 32
        && parameters.getVariant() == AesGcmParameters.Variant.TINK;
  }

  /** With one new key. */
  public static Keyset generate() {
    try {
      return new Keyset(
          KeysetHandle.newBuilder().addEntry(newKey().withRandomId().makePrimary()).build());
    } catch (GeneralSecurityException | KeysetException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeysetHandle.Builder.Entry newKey() throws GeneralSecurityException {
    AeadConfig.register();
    return KeysetHandle.generateEntryFromParameters(
        AesGcmParameters.builder()
            .setKeySizeBytes(32)
            .setIvSizeBytes(12)
            .setTagSizeBytes(16)
            .setVariant(AesGcmParameters.Variant.TINK)
            .build());
  }

  /**
   * Of the JSON that {@link #json} writes.
   *
   * @param wrap what it is encrypted with
   */
  public static Keyset parse(String json, Optional<Aead> wrap) throws KeysetException {
    if (json.isBlank()) {
      throw new KeysetException("is empty");
    }
    if (json.length() > MAX_LENGTH) {
      throw new KeysetException("is longer than 64 KiB");
    }
    try {
      AeadConfig.register();
      return new Keyset(
          wrap.isPresent()
              ? TinkJsonProtoKeysetFormat.parseEncryptedKeyset(json, wrap.get(), new byte[0])
              : TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get()));
    } catch (VaultException e) {
      throw new KeysetException(
          "is encrypted by %s, which %s".formatted(wrap.orElseThrow(), e.getMessage()), e.kind());
    } catch (GeneralSecurityException | RuntimeException e) {
      // its message may quote what it could not read
      throw new KeysetException(
          wrap.isPresent()
              ? "is no encrypted keyset of Tink in JSON"
              : "is no keyset of Tink in JSON");
    }
  }

  /** The whole of it, keys and all, unless it is encrypted: for its file, and for nowhere else. */
  String json(Optional<Aead> wrap) throws KeysetException {
    try {
      return wrap.isPresent()
          ? TinkJsonProtoKeysetFormat.serializeEncryptedKeyset(handle, wrap.get(), new byte[0])
          : TinkJsonProtoKeysetFormat.serializeKeyset(handle, InsecureSecretKeyAccess.get());
    } catch (VaultException e) {
      throw new KeysetException(
          "can't be encrypted by %s, which %s".formatted(wrap.orElseThrow(), e.getMessage()),
          e.kind());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** With one more key, which is not used to encrypt yet. */
  public Keyset withNewKey() {
    return change(() -> KeysetHandle.newBuilder(handle).addEntry(newKey().withRandomId()));
  }

  /** Encrypts with the key from now on. */
  public Keyset withCurrent(long key) {
    return change(
        () -> {
          KeysetHandle.Builder builder = KeysetHandle.newBuilder(handle);
          builder.getAt(index(key)).makePrimary();
          return builder;
        });
  }

  /**
   * @param key not the current one
   */
  public Keyset without(long key) {
    return change(() -> KeysetHandle.newBuilder(handle).deleteAt(index(key)));
  }

  private int index(long key) {
    for (int i = 0; i < handle.size(); i++) {
      if (number(handle.getAt(i).getId()) == key) {
        return i;
      }
    }
    throw new IllegalArgumentException("no key " + key);
  }

  private interface Change {
    KeysetHandle.Builder make() throws GeneralSecurityException;
  }

  private static Keyset change(Change change) {
    try {
      return new Keyset(change.make().build());
    } catch (GeneralSecurityException | KeysetException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The id of the key to encrypt with. */
  public long current() {
    return number(handle.getPrimary().getId());
  }

  SecretKey currentKey() {
    SecretKey key = keys.get(current());
    if (key == null) {
      throw new IllegalStateException("the current key is not enabled");
    }
    return key;
  }

  /** Those that are enabled, by id, the oldest first. */
  Map<Long, SecretKey> keys() {
    return Collections.unmodifiableMap(keys);
  }

  /** The ids of the keys that are enabled, the oldest first. */
  public Set<Long> ids() {
    return keys().keySet();
  }

  /** Tink's ids are unsigned. */
  private static long number(int id) {
    return Integer.toUnsignedLong(id);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Keyset keyset && handle.equalsKeyset(keyset.handle);
  }

  @Override
  public int hashCode() {
    return keys.keySet().hashCode();
  }

  @Override
  public String toString() {
    return "Keyset" + keys.keySet();
  }
}
