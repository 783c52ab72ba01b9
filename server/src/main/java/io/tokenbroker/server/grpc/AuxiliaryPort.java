package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import java.io.IOException;

/** A port beside that of gRPC, which starts and stops with it. */
public interface AuxiliaryPort {
  /**
   * @param listener with threads and bounds, but without handlers and address
   * @throws IOException if the address can't be listened on
   */
  void listen(ServerBootstrap listener) throws IOException;

  /** The broker is about to stop; what comes is served nevertheless. */
  void stopping();

  /** Accepts nothing more, closes what is idle, and the rest as it is answered. */
  void shutdown();

  /** Whether all connections have gone. Blocks until then, but not longer than so. */
  boolean awaitEnd(long nanos) throws InterruptedException;
}
