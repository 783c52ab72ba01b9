package io.tokenbroker.server.web;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.Message;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.tokenbroker.server.grpc.SizedCall;
import io.tokenbroker.server.grpc.TranscodedCall;
import io.tokenbroker.server.grpc.TranscodedCalls;
import io.tokenbroker.server.model.BrokerException;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call of the contract. Its caller's side is used by the event loop of the connection alone;
 * answers may come from any thread.
 */
final class ConnectCall<Q, A> extends ServerCall<Q, A> implements Exchange, SizedCall<A> {
  private static final Status TIMED_OUT =
      Status.DEADLINE_EXCEEDED.withDescription("The call's timeout is over.");

  private final HttpAnswer to;
  private final ServerMethodDefinition<Q, A> method;
  private final Attributes attributes;
  private final Codec codec;

  /** Null for a call with one answer. */
  private final @Nullable Framing framing;

  private final @Nullable Function<Object, byte[]> shared;
  private final int maxBytes;
  private ByteBuf body = Unpooled.buffer(256);
  private @Nullable TranscodedCall<Q> begun;
  private @Nullable Future<?> timeout;
  private @Nullable Status ended;
  private boolean whole;

  @GuardedBy("this")
  private byte @Nullable [] answer;

  @GuardedBy("this")
  private boolean closed;

  private volatile boolean cancelled;

  /** What was written last, and how: it is asked how big it is before it is sent. */
  private @Nullable Object sized;

  private byte @Nullable [] encoded;

  /**
   * @param shared writes messages that go to many callers; null if there are none
   * @param maxBytes of the request
   */
  ConnectCall(
      HttpAnswer to,
      ServerMethodDefinition<Q, A> method,
      Attributes attributes,
      Codec codec,
      @Nullable Framing framing,
      @Nullable Function<Object, byte[]> shared,
      int maxBytes) {
    this.to = to;
    this.method = method;
    this.attributes = attributes;
    this.codec = codec;
    this.framing = framing;
    this.shared = shared;
    this.maxBytes = maxBytes;
  }

  /**
   * @param timeoutMillis 0 for none
   */
  void begin(TranscodedCalls calls, Metadata headers, long timeoutMillis) {
    if (timeoutMillis > 0) {
      timeout =
          to.connection().eventLoop().schedule(this::timeOut, timeoutMillis, TimeUnit.MILLISECONDS);
    }
    begun = calls.begin(method, headers, timeoutMillis, this);
    Status status = ended;
    if (status != null) {
      begun.complete(status);
    }
  }

  /** Whoever works on it hears first: what has been answered is not cancelled any more. */
  private void timeOut() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    cancelled = true;
    told(call -> call.cancel(TIMED_OUT));
    to.behindParts(() -> close(TIMED_OUT, new Metadata(), null));
  }

  private void told(Consumer<TranscodedCall<Q>> news) {
    if (begun != null) {
      news.accept(begun);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public void content(ByteBuf part) {
    if (isClosed()) {
      return;
    }
    int bytes = part.readableBytes();
    if (body.readableBytes() + bytes > maxBytes) {
      tooBig();
      return;
    }
    body.writeBytes(part);
    told(call -> call.received(bytes));
  }

  /** As gRPC has it. */
  void tooBig() {
    body = Unpooled.EMPTY_BUFFER;
    close(
        Status.RESOURCE_EXHAUSTED.withDescription(
            "The request has more than limits.max_message_size, " + maxBytes + " bytes."),
        new Metadata());
  }

  @Override
  public void end() {
    whole = true;
    if (isClosed()) {
      return;
    }
    byte[] bytes = Arrays.copyOf(body.array(), body.readableBytes());
    body = Unpooled.EMPTY_BUFFER;
    told(call -> call.reading(codec.memory(bytes)));
    if (isClosed()) {
      return;
    }
    try {
      Q request = read(bytes);
      told(call -> call.request(request));
    } catch (MalformedBodyException e) {
      told(call -> call.refuse(BrokerException.invalidField("request", e.why())));
    }
  }

  @SuppressWarnings("unchecked") // the marshallers of all methods are protobuf's
  private Q read(byte[] bytes) throws MalformedBodyException {
    Message prototype = Prototypes.request(method.getMethodDescriptor());
    byte[] message = framing != null && framing.isEnveloped() ? Framing.unwrapped(bytes) : bytes;
    return (Q) codec.read(prototype, message);
  }

  @Override
  public boolean isWhole() {
    return whole;
  }

  @Override
  public void writable() {
    told(TranscodedCall::ready);
  }

  @Override
  public void gone() {
    cancelled = true;
    if (timeout != null) {
      timeout.cancel(false);
    }
    told(call -> call.cancel(Status.CANCELLED));
  }

  @Override
  public void request(int count) {}

  @Override
  public void setOnReadyThreshold(int bytes) {
    to.setAhead(bytes);
  }

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(A message) {
    byte[] written = encoded(message);
    sized = null;
    encoded = null;
    if (framing == null) {
      synchronized (this) {
        answer = written;
      }
    } else if (!isClosed()) {
      to.stream(framing, framing.message(written));
    }
  }

  @Override
  public int size(A message) {
    return encoded(message).length;
  }

  /** By one thread after the other. */
  private byte[] encoded(A message) {
    byte[] known = encoded;
    if (known == null || sized != message) {
      known = shared == null ? codec.write((Message) message) : shared.apply(message);
      sized = message;
      encoded = known;
    }
    return known;
  }

  @Override
  public boolean isReady() {
    return !cancelled && to.isWritable();
  }

  @Override
  public void close(Status status, Metadata trailers) {
    byte[] last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = answer;
    }
    to.behindParts(() -> close(status, trailers, last));
  }

  private void close(Status status, Metadata trailers, byte @Nullable [] last) {
    if (timeout != null) {
      timeout.cancel(false);
    }
    ChannelFuture sent;
    if (status.isOk() && framing != null) {
      sent = to.endStream(framing, framing.success());
    } else if (status.isOk() && last != null) {
      sent = to.send(HttpResponseStatus.OK, codec.contentType(), last);
    } else {
      ConnectError error = ConnectError.of(status, trailers);
      sent =
          framing != null && (to.isStreaming() || framing.isEnveloped())
              ? to.endStream(framing, framing.failure(error.json()))
              : to.send(error);
    }
    ended = status;
    var unused =
        sent.addListener(
            result ->
                told(
                    call -> {
                      if (result.isSuccess()) {
                        call.complete(status);
                      } else {
                        call.cancel(Status.CANCELLED);
                      }
                    }));
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public MethodDescriptor<Q, A> getMethodDescriptor() {
    return method.getMethodDescriptor();
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }
}
