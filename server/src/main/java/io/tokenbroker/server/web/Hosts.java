package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages out where nobody is asked who calls: a page may have its own name resolve to
 * 127.0.0.1, and would read whatever it likes of the broker of who looks at it.
 */
final class Hosts {
  private Hosts() {}

  /**
   * @param header null if there is none, as in HTTP/1.0: browsers always send it
   */
  static boolean isDirect(@Nullable String header) {
    if (header == null) {
      return true;
    }
    String host = header.toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      return end > 0 && NetUtil.isValidIpV6Address(host.substring(1, end));
    }
    int port = host.indexOf(':');
    String name = port < 0 ? host : host.substring(0, port);
    return name.equals("localhost") || NetUtil.isValidIpV4Address(name);
  }
}
