package io.tokenbroker.server.config;

import java.net.URI;
import java.util.Set;

/**
 * Where keys are fetched from, or alerts go to: nobody on the way may put others in their place, or
 * read along.
 */
record JwksUrlType() implements ValueType<URI> {
  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  @Override
  public URI parse(String text) {
    URI uri = URI.create(text);
    if (uri.getHost() == null
        || uri.getUserInfo() != null
        || uri.getFragment() != null
        || !("https".equals(uri.getScheme())
            || ("http".equals(uri.getScheme()) && THIS_MACHINE.contains(uri.getHost())))) {
      throw new IllegalArgumentException();
    }
    return uri;
  }

  @Override
  public String allowed() {
    return "an https:// URL without a user; http:// for this machine only";
  }

  @Override
  public String range() {
    return "https URL";
  }
}
