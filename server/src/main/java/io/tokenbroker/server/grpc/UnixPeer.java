package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.util.AttributeKey;

/**
 * The other end of a connection through a Unix socket.
 *
 * @param socket its path
 * @param uid of the process that connected, as the kernel says; not negative
 */
record UnixPeer(Channel connection, String socket, long uid) {
  /** Of a listening channel: the path of its socket, which it was not bound to. */
  static final AttributeKey<String> SOCKET = AttributeKey.valueOf("io.tokenbroker.socket");

  static final Attributes.Key<UnixPeer> KEY = Attributes.Key.create("io.tokenbroker.unix");

  /** What its connections are counted by. */
  String origin() {
    return "uid:" + uid;
  }

  /** For records: where it comes from. */
  String from() {
    return "unix:" + socket;
  }
}
