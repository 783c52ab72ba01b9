package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;

/** A call of nobody, and what it was told. */
class FakeServerCall<Q, A> extends ServerCall<Q, A> {
  final List<A> sent = new ArrayList<>();
  final List<Status.Code> closed = new ArrayList<>();

  /** What it was told of, in bytes; 0 if it was told of none. */
  int window;

  private final MethodDescriptor<Q, A> method;

  FakeServerCall(MethodDescriptor<Q, A> method) {
    this.method = method;
  }

  @Override
  public void request(int count) {}

  @Override
  public void setOnReadyThreshold(int bytes) {
    window = bytes;
  }

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(A message) {
    sent.add(message);
  }

  @Override
  public void close(Status status, Metadata trailers) {
    closed.add(status.getCode());
  }

  @Override
  public boolean isCancelled() {
    return false;
  }

  @Override
  public MethodDescriptor<Q, A> getMethodDescriptor() {
    return method;
  }

  @Override
  public Attributes getAttributes() {
    return Attributes.EMPTY;
  }
}
