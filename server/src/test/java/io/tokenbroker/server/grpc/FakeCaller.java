package io.tokenbroker.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;

/** A caller who may be gone, and what it has heard. */
final class FakeCaller extends ServerCallStreamObserver<String> {
  final List<String> heard = new ArrayList<>();
  Runnable onCancel = () -> {};
  boolean cancelled;
  boolean full;

  @Override
  public void onNext(String message) {
    if (full) {
      throw new IllegalStateException("full");
    }
    heard.add(message);
  }

  @Override
  public void onError(Throwable error) {
    heard.add("error");
  }

  @Override
  public void onCompleted() {
    heard.add("end");
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {
    onCancel = handler;
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {}

  @Override
  public void request(int count) {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void setMessageCompression(boolean enable) {}

  @Override
  public void disableAutoInboundFlowControl() {}
}
