package io.tokenbroker.server.config;

import java.util.regex.Pattern;

/**
 * Where a database is. People put passwords into such URLs, so it prints itself without them, and
 * rather too little than too much: where a password ends is hard to tell.
 */
public record JdbcUrl(String value) {
  private static final Pattern PARAMETER = Pattern.compile("(?is)(password\\w*\\s*=).*");
  private static final Pattern AUTHORITY = Pattern.compile("(?s)(//[^/@:]*:).*@");

  @Override
  public String toString() {
    String authority = AUTHORITY.matcher(value).replaceAll("$1[redacted]@");
    return PARAMETER.matcher(authority).replaceAll("$1[redacted]");
  }
}
