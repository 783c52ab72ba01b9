package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.WriteBufferWaterMark;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultLastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderValues;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpObject;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpUtil;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The answer to one request, of which nothing is kept but what it depends on. What comes behind its
 * end is dropped: the connection may have gone on to the request of somebody else. Used by the
 * event loop of the connection, but where it says otherwise.
 */
final class HttpAnswer {
  private final HttpConnection connection;

  /** The length is told that the body would have. */
  private final boolean isToHead;

  private final boolean hasChunks;
  private final boolean hasBody;

  /** Of streams: what the event loop has not got to. */
  private final Queue<byte[]> parts = new ConcurrentLinkedQueue<>();

  /** Of these, and of those that are being sent, in bytes. */
  private final AtomicInteger onTheirWay = new AtomicInteger();

  /** Whether the event loop is to send them. */
  private final AtomicBoolean awaited = new AtomicBoolean();

  private boolean last;
  private boolean streaming;
  private boolean ended;

  /**
   * @param last whether the connection is to end with it
   */
  HttpAnswer(HttpConnection connection, HttpRequest request, boolean last) {
    this.connection = connection;
    this.last = last;
    isToHead = HttpMethod.HEAD.equals(request.method());
    hasChunks = !HttpVersion.HTTP_1_0.equals(request.protocolVersion());
    // of what can't be read nobody knows where it ends
    hasBody =
        request.decoderResult().isFailure()
            || HttpUtil.isTransferEncodingChunked(request)
            || HttpUtil.getContentLength(request, 0L) > 0;
  }

  HttpConnection connection() {
    return connection;
  }

  boolean hasBody() {
    return hasBody;
  }

  boolean isLast() {
    return last;
  }

  /** Whether a part of it has gone already. */
  boolean isStreaming() {
    return streaming;
  }

  boolean hasEnded() {
    return ended;
  }

  /** How far ahead of its reader it may get from now on, in bytes, as may what comes behind it. */
  void setAhead(int bytes) {
    connection
        .channel()
        .config()
        .setWriteBufferWaterMark(new WriteBufferWaterMark(bytes / 2, bytes));
  }

  /** Thread-safe. */
  boolean isWritable() {
    return connection.channel().bytesBeforeUnwritable() > onTheirWay.get();
  }

  ChannelFuture text(HttpResponseStatus status, String text) {
    return send(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  ChannelFuture send(ConnectError error) {
    FullHttpResponse response =
        response(
            HttpResponseStatus.valueOf(error.httpStatus()),
            Codec.JSON.contentType(),
            (error.json() + "\n").getBytes(StandardCharsets.UTF_8));
    error
        .retryAfterSeconds()
        .ifPresent(seconds -> response.headers().set(HttpHeaderNames.RETRY_AFTER, seconds));
    if (error.httpStatus() == HttpResponseStatus.UNAUTHORIZED.code()) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    return send(response);
  }

  ChannelFuture send(HttpResponseStatus status, String contentType, byte[] body) {
    return send(response(status, contentType, body));
  }

  ChannelFuture send(FullHttpResponse response) {
    if (ended) {
      response.release();
      return connection.channel().newSucceededFuture();
    }
    return end(response);
  }

  FullHttpResponse response(HttpResponseStatus status, String contentType, byte[] body) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            isToHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, contentType)
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    protect(response);
    return response;
  }

  /** Secrets are for whoever asked, and what is JSON is nothing else. */
  private static void protect(HttpResponse response) {
    response
        .headers()
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set("x-content-type-options", "nosniff");
  }

  private ChannelFuture end(HttpObject lastPart) {
    ended = true;
    boolean unread = connection.isUnread(this);
    last |= unread || connection.isClosing();
    if (last && lastPart instanceof HttpResponse response) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ChannelFuture sent = connection.channel().writeAndFlush(lastPart);
    connection.answered(this, sent, unread);
    return sent;
  }

  /** From any thread, in the order of the calls. */
  void stream(Framing framing, byte[] part) {
    onTheirWay.addAndGet(part.length);
    parts.add(part);
    if (awaited.compareAndSet(false, true)) {
      connection.eventLoop().execute(() -> sendParts(framing));
    }
  }

  /** From any thread: does something when the parts have gone that were streamed before. */
  void behindParts(Runnable action) {
    if (connection.eventLoop().inEventLoop() && onTheirWay.get() == 0) {
      action.run();
    } else {
      connection.eventLoop().execute(action);
    }
  }

  /** At once, for each that goes by itself costs as much as all of them. */
  private void sendParts(Framing framing) {
    awaited.set(false);
    int sent = 0;
    List<byte[]> some = new ArrayList<>();
    for (byte[] part = parts.poll(); part != null; part = parts.poll()) {
      sent += part.length;
      some.add(part);
    }
    if (!ended && sent > 0) {
      beginStream(framing);
      ByteBuf content = Unpooled.wrappedBuffer(some.toArray(new byte[0][]));
      var unused = connection.channel().writeAndFlush(new DefaultHttpContent(content));
    }
    if (onTheirWay.addAndGet(-sent) == 0 && !ended) {
      connection.tellWritable();
    }
  }

  private void beginStream(Framing framing) {
    if (streaming) {
      return;
    }
    streaming = true;
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, framing.contentType());
    protect(head);
    if (hasChunks) {
      head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    } else {
      last = true;
    }
    if (last) {
      head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    var unused = connection.channel().write(head);
  }

  ChannelFuture endStream(Framing framing, byte[] part) {
    if (ended) {
      return connection.channel().newSucceededFuture();
    }
    beginStream(framing);
    return end(new DefaultLastHttpContent(Unpooled.wrappedBuffer(part)));
  }
}
