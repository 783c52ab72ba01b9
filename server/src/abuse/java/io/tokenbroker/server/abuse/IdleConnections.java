package io.tokenbroker.server.abuse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** 10,000 connections from ten addresses that say hello, some half a frame more, and no more. */
final class IdleConnections implements Attack {
  private static final int ADDRESSES = 10;
  private static final int EACH = 1_000;

  @Override
  public void run(Target target) throws IOException {
    List<FrameSocket> open = new ArrayList<>();
    for (int i = 0; i < ADDRESSES * EACH && !target.isOver(); i++) {
      try {
        FrameSocket socket = new FrameSocket(target.port(), 2 + i % ADDRESSES);
        open.add(socket);
        if (i % 2 == 0) {
          socket.frame(FrameSocket.HEADERS, 0, 1, Headers.of("x/y")); // its end never comes
          socket.flush();
        }
      } catch (IOException e) {
        // refused
      }
    }
    target.awaitEnd();
    for (FrameSocket socket : open) {
      socket.close();
    }
  }
}
