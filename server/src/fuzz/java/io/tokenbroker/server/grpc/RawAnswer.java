package io.tokenbroker.server.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What comes back for bytes: of a stream the first message, of another call its end. */
final class RawAnswer extends ClientCall.Listener<byte[]> {
  private final CountDownLatch come = new CountDownLatch(1);
  private volatile Status status = Status.OK;
  private volatile Metadata trailers = new Metadata();
  private volatile boolean givenUp;

  /** A method whose messages are bytes. */
  static MethodDescriptor<byte[], byte[]> raw(MethodDescriptor<?, ?> method) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setType(method.getType())
        .setFullMethodName(method.getFullMethodName())
        .build();
  }

  boolean await(long time, TimeUnit unit) throws InterruptedException {
    return come.await(time, unit);
  }

  /** What still comes does not count. */
  void giveUp() {
    givenUp = true;
  }

  boolean isGivenUp() {
    return givenUp;
  }

  Status status() {
    return status;
  }

  Metadata trailers() {
    return trailers;
  }

  @Override
  public void onMessage(byte[] message) {
    come.countDown();
  }

  @Override
  public void onClose(Status end, Metadata with) {
    if (come.getCount() > 0) {
      trailers = with;
      status = end;
      come.countDown();
    }
  }

  private record Bytes() implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
