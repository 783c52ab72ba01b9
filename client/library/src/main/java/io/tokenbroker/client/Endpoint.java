package io.tokenbroker.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a broker listens.
 *
 * @param host a host name or an IP address, without brackets
 * @param port 1 to 65535
 */
record Endpoint(String host, int port) {
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%\\w]+)]|([^\\s:/\\[\\]@,]+)):([0-9]{1,5})");

  /**
   * Reads {@code host:port}; an IPv6 address stands in brackets: {@code [::1]:50051}.
   *
   * @throws IllegalArgumentException if it is anything else; the message says what is expected
   */
  static Endpoint parse(String text) {
    Matcher matcher = HOST_AND_PORT.matcher(text.strip());
    if (!matcher.matches()) {
      throw refused(text);
    }
    int port = Integer.parseInt(matcher.group(3));
    if (port < 1 || port > 65535) {
      throw refused(text);
    }
    String address = matcher.group(1);
    return new Endpoint(address != null ? address : matcher.group(2), port);
  }

  /** As it stands in a URL. */
  String authority() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }

  private static IllegalArgumentException refused(String text) {
    return new IllegalArgumentException(
        "endpoint must be HOST:PORT with a port from 1 to 65535, such as 127.0.0.1:50051 or"
            + " [::1]:50051, or unix:/PATH, is '"
            + text
            + "'");
  }
}
