package io.tokenbroker.server.config;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * @param calls where all calls are accepted, or all but those of the control plane
 * @param admin where those are; empty if there is no address of their own
 * @param socketMode of Unix sockets, who may connect
 * @param insecure whether anybody may call, or plain text is allowed, on an address other than
 *     loopback
 */
public record ListenConfig(
    Place calls, Optional<Place> admin, Set<PosixFilePermission> socketMode, boolean insecure) {
  public ListenConfig {
    socketMode = Set.copyOf(socketMode);
  }

  public Stream<Place> places() {
    return Stream.concat(Stream.of(calls), admin.stream());
  }

  /**
   * @param given as the operator wrote it, for messages
   * @param address what it resolved to when it was checked for being loopback; bind to this
   */
  public record Place(ListenAddress given, SocketAddress address) {
    /** Whether it can be reached from other machines. */
    public boolean isOpen() {
      return address instanceof InetSocketAddress network
          && !network.getAddress().isLoopbackAddress();
    }

    public boolean isUnix() {
      return given instanceof SocketPath;
    }

    /** As it is in the end, any free port being known. */
    public ListenAddress at(int port) {
      return given instanceof HostPort network ? new HostPort(network.host(), port) : given;
    }
  }
}
