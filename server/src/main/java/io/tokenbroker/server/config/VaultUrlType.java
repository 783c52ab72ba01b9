package io.tokenbroker.server.config;

import java.util.regex.Pattern;

/** The URL of a key in the transit engine of an OpenBao or HashiCorp Vault. */
record VaultUrlType() implements ValueType<String> {
  /** Plain text only where it does not leave the machine. */
  private static final Pattern URL =
      Pattern.compile(
          "(https://[\\w.:\\[\\]-]+|http://(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d+)?)"
              + "/v1/[\\w./-]+/keys/[\\w.-]+");

  @Override
  public String parse(String text) {
    if (!URL.matcher(text).matches()) {
      throw new IllegalArgumentException();
    }
    return text;
  }

  @Override
  public String allowed() {
    return "the URL of a transit key, such as https://vault.example.com:8200/v1/transit/keys/NAME;"
        + " http:// on loopback only";
  }

  @Override
  public String range() {
    return "URL";
  }
}
