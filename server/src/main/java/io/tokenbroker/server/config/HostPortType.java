package io.tokenbroker.server.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code HOST:PORT}, an IPv6 address in brackets. */
record HostPortType() implements ValueType<HostPort> {
  private static final Pattern TEXT =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]+(?:%\\w+)?)]|([\\w.-]{1,253})):(\\d{1,5})");
  private static final int MAX_PORT = 65_535;

  @Override
  public HostPort parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException();
    }
    int port = Integer.parseInt(parts.group(3));
    if (port > MAX_PORT) {
      throw new IllegalArgumentException();
    }
    return new HostPort(parts.group(1) == null ? parts.group(2) : parts.group(1), port);
  }

  @Override
  public String allowed() {
    return "HOST:PORT with a port from 0 (any free one) to "
        + MAX_PORT
        + ", such as 127.0.0.1:50051 or [::1]:50051";
  }

  @Override
  public String range() {
    return "HOST:PORT, port 0 to " + MAX_PORT;
  }
}
