package io.tokenbroker.server.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A Unix domain socket in the file system.
 *
 * @param path absolute or from the working directory
 */
public record SocketPath(Path path) implements ListenAddress {
  static final String SCHEME = "unix:";

  /** In bytes: the kernel has room for so many and a zero. */
  static final int MAX_BYTES = 107;

  /** The same of its directory, where the socket has another name until it has its mode. */
  static final int MAX_DIRECTORY_BYTES = 94;

  boolean fits() {
    Path directory = path.getParent();
    return bytes(path) <= MAX_BYTES
        && (directory == null || bytes(directory) <= MAX_DIRECTORY_BYTES);
  }

  private static int bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public String toString() {
    return SCHEME + path;
  }
}
