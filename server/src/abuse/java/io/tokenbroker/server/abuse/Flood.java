package io.tokenbroker.server.abuse;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.LongFunction;

/** Calls as fast as they are answered, many at once, of any bytes; the answers are not parsed. */
final class Flood {
  private final List<? extends Channel> channels;
  private final Semaphore slots;

  /**
   * @param atOnce calls that may be open
   */
  Flood(List<? extends Channel> channels, int atOnce) {
    this.channels = channels;
    this.slots = new Semaphore(atOnce);
  }

  /** A method whose messages are bytes. */
  static MethodDescriptor<byte[], byte[]> raw(MethodDescriptor<?, ?> method) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setType(method.getType())
        .setFullMethodName(method.getFullMethodName())
        .build();
  }

  /** Calls until the attack is over. */
  void run(Target target, List<MethodDescriptor<byte[], byte[]>> methods, LongFunction<byte[]> body)
      throws InterruptedException {
    for (long i = 0; !target.isOver(); i++) {
      slots.acquire();
      Channel channel = channels.get((int) (i % channels.size()));
      MethodDescriptor<byte[], byte[]> method = methods.get((int) (i % methods.size()));
      ClientCalls.asyncServerStreamingCall(
          channel.newCall(method, CallOptions.DEFAULT), body.apply(i), new Answer(slots));
    }
  }

  private record Answer(Semaphore slots) implements StreamObserver<byte[]> {
    @Override
    public void onNext(byte[] answer) {}

    @Override
    public void onError(Throwable failure) {
      slots.release();
    }

    @Override
    public void onCompleted() {
      slots.release();
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    private static final byte[] ANY = {};

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        stream.skipNBytes(stream.available());
        return ANY;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
