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
import io.tokenbroker.server.grpc.OtherCall;
import io.tokenbroker.server.grpc.OtherCalls;
import io.tokenbroker.server.model.BrokerException;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of the contract. Its caller's side is used by the event loop of the connection alone;
 * answers may come from any thread.
 */
final class ConnectCall<Q, A> extends ServerCall<Q, A> implements Exchange {
  private final HttpConnection connection;
  private final ServerMethodDefinition<Q, A> method;
  private final Attributes attributes;
  private final Codec codec;

  /** Null for a call with one answer. */
  private final @Nullable Framing framing;

  private final int maxBytes;
  private ByteBuf body = Unpooled.buffer(256);
  private @Nullable OtherCall<Q> begun;
  private @Nullable Future<?> timeout;
  private @Nullable Status ended;
  private boolean whole;

  @GuardedBy("this")
  private byte @Nullable [] answer;

  @GuardedBy("this")
  private boolean closed;

  private volatile boolean cancelled;

  /**
   * @param maxBytes of the request
   */
  ConnectCall(
      HttpConnection connection,
      ServerMethodDefinition<Q, A> method,
      Attributes attributes,
      Codec codec,
      @Nullable Framing framing,
      int maxBytes) {
    this.connection = connection;
    this.method = method;
    this.attributes = attributes;
    this.codec = codec;
    this.framing = framing;
    this.maxBytes = maxBytes;
  }

  /**
   * @param timeoutMillis 0 for none
   */
  void begin(OtherCalls calls, Metadata headers, long timeoutMillis) {
    if (timeoutMillis > 0) {
      timeout =
          connection
              .eventLoop()
              .schedule(
                  () -> {
                    cancelled = true;
                    close(
                        Status.DEADLINE_EXCEEDED.withDescription("The call's timeout is over."),
                        new Metadata());
                    told(OtherCall::cancel);
                  },
                  timeoutMillis,
                  TimeUnit.MILLISECONDS);
    }
    begun = calls.begin(method, headers, timeoutMillis, this);
    Status status = ended;
    if (status != null) {
      begun.complete(status);
    }
  }

  private void told(Consumer<OtherCall<Q>> news) {
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
    byte[] message = framing == Framing.ENVELOPES ? Framing.unwrapped(bytes) : bytes;
    return (Q) codec.read(prototype, message);
  }

  @Override
  public boolean isWhole() {
    return whole;
  }

  @Override
  public void writable() {
    told(OtherCall::ready);
  }

  @Override
  public void gone() {
    cancelled = true;
    if (timeout != null) {
      timeout.cancel(false);
    }
    told(OtherCall::cancel);
  }

  @Override
  public void request(int count) {}

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(A message) {
    byte[] written = codec.write((Message) message);
    if (framing == null) {
      synchronized (this) {
        answer = written;
      }
    } else if (!isClosed()) {
      connection.stream(framing, framing.message(written));
    }
  }

  @Override
  public boolean isReady() {
    return !cancelled && connection.isWritable();
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
    if (connection.eventLoop().inEventLoop()) {
      close(status, trailers, last);
    } else {
      connection.eventLoop().execute(() -> close(status, trailers, last));
    }
  }

  private void close(Status status, Metadata trailers, byte @Nullable [] last) {
    if (timeout != null) {
      timeout.cancel(false);
    }
    ChannelFuture sent;
    if (status.isOk() && framing != null) {
      sent = connection.endStream(framing, framing.success());
    } else if (status.isOk() && last != null) {
      sent = connection.answer(HttpResponseStatus.OK, codec.contentType(), last);
    } else {
      ConnectError error = ConnectError.of(status, trailers);
      sent =
          framing != null && (connection.isStreaming() || framing == Framing.ENVELOPES)
              ? connection.endStream(framing, framing.failure(error.json()))
              : connection.answer(error);
    }
    ended = status;
    var unused =
        sent.addListener(
            result -> told(result.isSuccess() ? call -> call.complete(status) : OtherCall::cancel));
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
