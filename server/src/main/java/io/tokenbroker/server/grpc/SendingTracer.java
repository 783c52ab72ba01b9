package io.tokenbroker.server.grpc;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/** Takes note of when a call is on its way. Thread-safe. */
final class SendingTracer extends ClientStreamTracer.Factory {
  private volatile boolean sent;

  boolean wasSent() {
    return sent;
  }

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    return new ClientStreamTracer() {
      @Override
      public void outboundHeaders() {
        sent = true;
      }
    };
  }
}
