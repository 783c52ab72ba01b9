package io.tokenbroker.server.config;

import java.util.Arrays;

/** 1.2 or 1.3. */
record TlsVersionType() implements ValueType<TlsVersion> {
  @Override
  public TlsVersion parse(String text) {
    return Arrays.stream(TlsVersion.values())
        .filter(version -> version.text.equals(text))
        .findFirst()
        .orElseThrow(IllegalArgumentException::new);
  }

  @Override
  public String allowed() {
    return "1.2 or 1.3";
  }

  @Override
  public String range() {
    return "1.2, 1.3";
  }
}
