package io.tokenbroker.server.model;

/** A token of any account in 32 hexadecimal digits: the hash of account and token id. */
public record TokenKey(String value) implements Comparable<TokenKey> {
  static final int LENGTH = NameHash.LENGTH;

  public static TokenKey of(AccountId account, TokenId token) {
    return new TokenKey(NameHash.of(account.value(), token.value()));
  }

  @Override
  public int compareTo(TokenKey other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
