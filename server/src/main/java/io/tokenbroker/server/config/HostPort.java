package io.tokenbroker.server.config;

/**
 * Where to listen.
 *
 * @param host a name or an address, an IPv6 address without its brackets
 * @param port 0 to 65,535; 0 stands for any free port
 */
public record HostPort(String host, int port) implements ListenAddress {
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
