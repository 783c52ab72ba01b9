package io.tokenbroker.server.grpc;

import io.grpc.Server;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One address of the broker.
 *
 * @param address as it was asked for
 * @param socket if it is one in the file system
 * @param transcodedCalls its services, for calls that don't come each by itself over HTTP/2
 * @param peerStreams of brokers of its fleet; empty without one
 */
record BoundServer(
    SocketAddress address,
    Optional<UnixSocketFile> socket,
    HealthStatusManager health,
    Server server,
    TranscodedCalls transcodedCalls,
    Optional<PeerStreams> peerStreams) {
  private static final Logger log = LoggerFactory.getLogger(BoundServer.class);

  void start() throws ListenException {
    prepare();
    try {
      server.start();
      if (socket.isPresent()) {
        socket.get().publish();
      }
    } catch (IOException e) {
      close();
      throw ListenException.of(address, e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void prepare() throws ListenException {
    try {
      if (socket.isPresent()) {
        socket.get().prepare();
      }
    } catch (IOException e) {
      close();
      throw new ListenException(address, String.valueOf(e.getMessage()), e);
    }
  }

  /** Lets go of the address at once. */
  void close() {
    server.shutdownNow();
    removeSocket();
  }

  /** Accepts no more connections; calls go on. */
  void shutdown() {
    server.shutdown();
    peerStreams.ifPresent(PeerStreams::close);
    removeSocket();
  }

  private void removeSocket() {
    try {
      if (socket.isPresent()) {
        socket.get().remove();
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("address", address).setCause(e).log("the socket stays there");
    }
  }

  /**
   * Waits until all calls have ended.
   *
   * @param end by {@link System#nanoTime}
   */
  boolean await(long end) throws InterruptedException {
    return server.awaitTermination(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
  }
}
