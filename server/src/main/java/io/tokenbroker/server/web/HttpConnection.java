package io.tokenbroker.server.web;

import io.grpc.Attributes;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundBuffer;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultLastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderValues;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpObject;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpUtil;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.tokenbroker.server.grpc.OtherCalls;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection: a request, its answer, then the next request. What is sent ahead waits, up to a
 * bound, beyond which nothing is read. Used by its event loop, but where it says otherwise.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  /** In bytes: what may be sent ahead of answers. */
  private static final int MAX_AHEAD = 64 * 1024;

  /** Of a message that is sent ahead, about, besides its content. */
  private static final int MESSAGE_BYTES = 512;

  /** In bytes: as much as netty takes before it is full. */
  private static final int MAX_ON_THEIR_WAY = 64 * 1024;

  /** For a caller that is answered before it has sent its body, to read the answer. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private static final Duration SWEEP = Duration.ofSeconds(1);

  private final Channel channel;
  private final Routes routes;
  private final HttpLimits limits;
  private final Consumer<HttpConnection> onEnd;

  /** Bytes of streams that other threads have given, and that this connection's has not got to. */
  private final AtomicInteger onTheirWay = new AtomicInteger();

  private final Deque<HttpObject> ahead = new ArrayDeque<>();
  private int aheadBytes;
  private @Nullable Attributes known;
  private @Nullable OtherCalls knownTo;
  private @Nullable Future<?> timeout;

  /** The request that is being read or answered. */
  private @Nullable Exchange current;

  private @Nullable HttpRequest request;
  private boolean streaming;
  private boolean answered;
  private boolean last;
  private boolean closing;
  private long pending = -1;

  /**
   * @param onEnd is told when the connection is closed
   */
  HttpConnection(
      Channel channel, Routes routes, HttpLimits limits, Consumer<HttpConnection> onEnd) {
    this.channel = channel;
    this.routes = routes;
    this.limits = limits;
    this.onEnd = onEnd;
  }

  EventLoop eventLoop() {
    return channel.eventLoop();
  }

  /** Thread-safe. */
  boolean isWritable() {
    return channel.isWritable() && onTheirWay.get() < MAX_ON_THEIR_WAY;
  }

  boolean isLoopback() {
    return channel.localAddress() instanceof InetSocketAddress local
        && local.getAddress().isLoopbackAddress();
  }

  /** Who is at the other end. */
  Attributes known(OtherCalls calls) {
    if (known == null) {
      SslHandler tls = channel.pipeline().get(SslHandler.class);
      knownTo = calls;
      known =
          calls.connected(channel.remoteAddress(), tls == null ? null : tls.engine().getSession());
    }
    return known;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    closeAfter(limits.request());
    context.fireChannelActive();
  }

  private void closeAfter(Duration time) {
    stopTimeout();
    timeout = eventLoop().schedule(() -> channel.close(), time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void stopTimeout() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    HttpObject part = (HttpObject) message;
    boolean waits = current != null && (current.isWhole() || !ahead.isEmpty());
    if (!waits) {
      take(part);
      return;
    }
    ahead.add(part);
    aheadBytes +=
        MESSAGE_BYTES + (part instanceof HttpContent body ? body.content().readableBytes() : 0);
    if (aheadBytes > MAX_AHEAD) {
      channel.config().setAutoRead(false);
    }
  }

  private void take(HttpObject part) {
    try {
      if (last && answered) {
        end(part);
      } else if (part instanceof HttpRequest head) {
        begin(head);
      } else if (part instanceof HttpContent body) {
        body(body);
      }
    } finally {
      ReferenceCountUtil.release(part);
    }
  }

  private void begin(HttpRequest head) {
    request = head;
    streaming = false;
    answered = false;
    last = closing || !HttpUtil.isKeepAlive(head);
    closeSlow();
    current = routes.begin(this, head);
    if (!answered && HttpUtil.is100ContinueExpected(head)) {
      var unused =
          channel.writeAndFlush(
              new DefaultFullHttpResponse(
                  HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
  }

  /** Answers, as the head has come, a body that takes too long. */
  private void closeSlow() {
    stopTimeout();
    timeout =
        eventLoop()
            .schedule(
                () -> {
                  if (!answered) {
                    text(
                        HttpResponseStatus.REQUEST_TIMEOUT, "The request took too long to come.\n");
                  }
                },
                limits.request().toNanos(),
                TimeUnit.NANOSECONDS);
  }

  private void body(HttpContent part) {
    Exchange exchange = current;
    if (exchange == null) {
      return;
    }
    if (part.decoderResult().isFailure()) {
      text(HttpResponseStatus.BAD_REQUEST, "The body is not as HTTP/1.1 has it.\n");
      return;
    }
    exchange.content(part.content());
    if (part instanceof LastHttpContent) {
      if (!answered) {
        stopTimeout();
      }
      exchange.end();
      next();
    }
  }

  /** Of what comes behind the last answer only its end matters. */
  private void end(HttpObject part) {
    if (part instanceof LastHttpContent) {
      var unused = channel.close();
    }
  }

  /** Goes on when a request is read and answered. */
  private void next() {
    if (!answered || current == null || !current.isWhole() || last) {
      return;
    }
    current = null;
    request = null;
    if (closing) {
      var unused = channel.close();
      return;
    }
    closeAfter(limits.idle());
    while (!ahead.isEmpty() && (current == null || !current.isWhole())) {
      HttpObject part = ahead.remove();
      aheadBytes -=
          MESSAGE_BYTES + (part instanceof HttpContent body ? body.content().readableBytes() : 0);
      take(part);
    }
    if (ahead.isEmpty()) {
      aheadBytes = 0;
      channel.config().setAutoRead(true);
    }
  }

  ChannelFuture text(HttpResponseStatus status, String text) {
    return answer(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  ChannelFuture answer(ConnectError error) {
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
    return answer(response);
  }

  ChannelFuture answer(HttpResponseStatus status, String contentType, byte[] body) {
    return answer(response(status, contentType, body));
  }

  ChannelFuture answer(FullHttpResponse response) {
    if (answered) {
      response.release();
      return channel.newSucceededFuture();
    }
    return answered(response);
  }

  FullHttpResponse response(HttpResponseStatus status, String contentType, byte[] body) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            // to HEAD the length is told that the body would have
            request != null && HttpMethod.HEAD.equals(request.method())
                ? Unpooled.EMPTY_BUFFER
                : Unpooled.wrappedBuffer(body));
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

  private ChannelFuture answered(HttpObject lastPart) {
    answered = true;
    Exchange exchange = current;
    // routes may answer before there is one
    boolean unread = exchange == null ? hasBody() : !exchange.isWhole();
    last |= unread || closing;
    if (last && lastPart instanceof HttpResponse response) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ChannelFuture sent = channel.writeAndFlush(lastPart);
    if (last && unread) {
      closeAfter(LINGER);
    } else if (last) {
      sent.addListener(done -> channel.close());
    } else if (exchange != null) {
      // not from within the exchange
      eventLoop().execute(this::next);
    }
    return sent;
  }

  private boolean hasBody() {
    return request != null
        && (HttpUtil.isTransferEncodingChunked(request)
            || HttpUtil.getContentLength(request, 0L) > 0);
  }

  /** Whether a part of the answer has gone already. */
  boolean isStreaming() {
    return streaming;
  }

  /** From any thread, in the order of the calls. */
  void stream(Framing framing, byte[] part) {
    if (eventLoop().inEventLoop()) {
      sendPart(framing, part);
    } else {
      onTheirWay.addAndGet(part.length);
      eventLoop().execute(() -> arrived(framing, part));
    }
  }

  private void arrived(Framing framing, byte[] part) {
    sendPart(framing, part);
    if (onTheirWay.addAndGet(-part.length) == 0) {
      tellWritable();
    }
  }

  private void tellWritable() {
    if (channel.isWritable() && current != null && !answered) {
      current.writable();
    }
  }

  private void sendPart(Framing framing, byte[] part) {
    if (!answered) {
      beginStream(framing);
      var unused = channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(part)));
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
    if (request != null && HttpVersion.HTTP_1_0.equals(request.protocolVersion())) {
      last = true;
    } else {
      head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    if (last) {
      head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    var unused = channel.write(head);
  }

  ChannelFuture endStream(Framing framing, byte[] part) {
    if (answered) {
      return channel.newSucceededFuture();
    }
    beginStream(framing);
    return answered(new DefaultLastHttpContent(Unpooled.wrappedBuffer(part)));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    tellWritable();
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (known != null && knownTo != null) {
      knownTo.disconnected(known);
    }
    stopTimeout();
    ahead.forEach(ReferenceCountUtil::release);
    ahead.clear();
    Exchange exchange = current;
    current = null;
    if (exchange != null) {
      exchange.gone();
    }
    onEnd.accept(this);
    context.fireChannelInactive();
  }

  /** Callers that go, or speak no TLS, are no news. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    var unused = channel.close();
  }

  /** Ends with the answer that is on its way, at once if there is none. Thread-safe. */
  void shutdown() {
    if (channel.isRegistered()) {
      eventLoop().execute(this::endSoon);
    }
  }

  private void endSoon() {
    closing = true;
    if (current == null) {
      var unused = channel.close();
    } else {
      sweep();
    }
  }

  /** Nobody who takes nothing is waited for. */
  private void sweep() {
    ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
    if (unsent == null) {
      return;
    }
    long now = unsent.totalPendingWriteBytes() - unsent.currentProgress();
    if (now > 0 && now == pending) {
      channel.unsafe().close(channel.voidPromise());
      return;
    }
    pending = now;
    var unused = eventLoop().schedule(this::sweep, SWEEP.toNanos(), TimeUnit.NANOSECONDS);
  }
}
