package io.tokenbroker.server.security;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.subtle.Hkdf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** One key of a keyset, and the key for hashes that is derived from it. Thread-safe. */
final class SecretKey {
  private static final String HMAC = "HmacSHA256";
  private static final byte[] HASHES = "tokenbroker secret_hash".getBytes(StandardCharsets.UTF_8);

  private final long id;
  private final Aead aead;
  private final SecretKeySpec hashKey;

  private SecretKey(long id, Aead aead, SecretKeySpec hashKey) {
    this.id = id;
    this.aead = aead;
    this.hashKey = hashKey;
  }

  @AccessesPartialKey // to derive the other one
  static SecretKey of(long id, AesGcmKey key) throws GeneralSecurityException {
    byte[] bytes = key.getKeyBytes().toByteArray(InsecureSecretKeyAccess.get());
    return new SecretKey(
        id,
        AesGcmJce.create(key),
        new SecretKeySpec(Hkdf.computeHkdf(HMAC, bytes, new byte[0], HASHES, 32), HMAC));
  }

  String seal(String account, long token, String secret) {
    try {
      byte[] sealed =
          aead.encrypt(secret.getBytes(StandardCharsets.UTF_8), boundTo(account, token));
      return Base64.getEncoder().withoutPadding().encodeToString(sealed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @throws GeneralSecurityException if it is not what was sealed for this token
   */
  String open(String account, long token, byte[] sealed) throws GeneralSecurityException {
    return new String(aead.decrypt(sealed, boundTo(account, token)), StandardCharsets.UTF_8);
  }

  /** The associated data: numbers of one length first, so that no two are the same. */
  private byte[] boundTo(String account, long token) {
    byte[] name = account.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 * Long.BYTES + name.length)
        .putLong(id)
        .putLong(token)
        .put(name)
        .array();
  }

  /** Of the account as well: nobody sees that two accounts have one secret. */
  byte[] hash(String account, String secret) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(hashKey);
      byte[] name = account.getBytes(StandardCharsets.UTF_8);
      mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(name.length).array());
      mac.update(name);
      return mac.doFinal(secret.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
