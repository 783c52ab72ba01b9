package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;

/** A request whose answer is on its way. Used by the event loop of its connection. */
interface Exchange {
  /** A part of the body, which is let go of after that. */
  void content(ByteBuf part);

  /** The body is whole. */
  void end();

  boolean isWhole();

  /** There is room for more of the answer. */
  void writable();

  /** The connection has closed. */
  void gone();

  /** One whose body does not matter. */
  final class Bodiless implements Exchange {
    private boolean whole;

    @Override
    public void content(ByteBuf part) {}

    @Override
    public void end() {
      whole = true;
    }

    @Override
    public boolean isWhole() {
      return whole;
    }

    @Override
    public void writable() {}

    @Override
    public void gone() {}
  }
}
