package io.tokenbroker.client;

import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Remembers which broker calls that belong together went to last. Thread-safe. */
final class SameBroker {
  private volatile @Nullable List<SocketAddress> addresses;

  @Nullable List<SocketAddress> addresses() {
    return addresses;
  }

  void went(List<SocketAddress> to) {
    addresses = to;
  }
}
