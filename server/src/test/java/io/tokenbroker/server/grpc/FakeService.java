package io.tokenbroker.server.grpc;

import io.grpc.ServerCall;
import java.util.ArrayList;
import java.util.List;

/** A service that has a call, and what it heard of it. */
final class FakeService<Q> extends ServerCall.Listener<Q> {
  final List<String> heard = new ArrayList<>();
  boolean faulty;

  private void hear(String word) {
    if (faulty) {
      throw new IllegalStateException("a fault");
    }
    heard.add(word);
  }

  @Override
  public void onHalfClose() {
    hear("begun");
  }

  @Override
  public void onReady() {
    hear("ready");
  }

  @Override
  public void onCancel() {
    hear("cancelled");
  }
}
