package io.tokenbroker.server.config;

/** A password of up to 4,096 characters, without control characters. */
record PasswordType() implements ValueType<Password> {
  static final int MAX_LENGTH = 4096;

  @Override
  public Password parse(String text) {
    if (text.length() > MAX_LENGTH || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException();
    }
    return new Password(text);
  }

  @Override
  public String allowed() {
    return "one line of up to " + MAX_LENGTH + " characters, without control characters";
  }

  @Override
  public String range() {
    return "text";
  }
}
