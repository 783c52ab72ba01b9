package io.tokenbroker.server.config;

import java.util.regex.Pattern;

/** Where a database is. People put passwords into such URLs, so it prints itself without them. */
public record JdbcUrl(String value) {
  private static final Pattern PARAMETER =
      Pattern.compile("(?i)(password\\w*\\s*=\\s*)[^&;,)\\s]*");
  private static final Pattern AUTHORITY = Pattern.compile("(//[^/@:]*:)[^/]*@");

  @Override
  public String toString() {
    String parameters = PARAMETER.matcher(value).replaceAll("$1[redacted]");
    return AUTHORITY.matcher(parameters).replaceAll("$1[redacted]@");
  }
}
