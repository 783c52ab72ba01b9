package io.tokenbroker.server.store;

/** An encrypted secret can't be read; the message says why, for operators, and nothing secret. */
public final class SealedSecretException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean keyMissing;

  private SealedSecretException(String message, boolean keyMissing) {
    super(message, null, false, false);
    this.keyMissing = keyMissing;
  }

  public static SealedSecretException keyMissing(long key) {
    return new SealedSecretException(
        "is encrypted with key %d, which this broker does not have".formatted(key), true);
  }

  public static SealedSecretException noKey() {
    return new SealedSecretException("is encrypted, and this broker has no keyset", true);
  }

  /** By a person, or a restored backup of some rows: it is not what was written for this token. */
  public static SealedSecretException refused() {
    return new SealedSecretException(
        "was moved or changed: it is not what was encrypted for this token", false);
  }

  /** Whether another keyset may mend it. */
  public boolean isKeyMissing() {
    return keyMissing;
  }
}
