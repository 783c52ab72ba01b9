package io.tokenbroker.server.grpc;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** An address can't be listened on. */
public final class ListenException extends IOException {
  private static final long serialVersionUID = 1;

  private final SocketAddress address;

  ListenException(SocketAddress address, String reason, IOException cause) {
    super(reason, cause);
    this.address = address;
  }

  /** What could not be listened on, as it was asked for. */
  public SocketAddress address() {
    return address;
  }

  /**
   * @param failure whose innermost cause says why
   */
  public static ListenException of(SocketAddress address, IOException failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String reason = String.valueOf(root.getMessage());
    return new ListenException(
        address,
        reason.contains("in use") && !(address instanceof UnixDomainSocketAddress)
            ? "another program does"
            : reason,
        failure);
  }
}
