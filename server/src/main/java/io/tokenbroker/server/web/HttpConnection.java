package io.tokenbroker.server.web;

import io.grpc.Attributes;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundBuffer;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.handler.codec.DecoderException;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpObject;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpUtil;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.tokenbroker.server.grpc.TranscodedCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: a request, its answer, then the next request. Used by its event loop, but where
 * it says otherwise.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);

  /** For a caller that is answered before it has sent its body, to read the answer. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private static final Duration SWEEP = Duration.ofSeconds(1);

  private final Channel channel;
  private final Routes routes;
  private final HttpLimits limits;
  private final Consumer<HttpConnection> onEnd;
  private @Nullable Attributes known;
  private @Nullable TranscodedCalls knownTo;
  private @Nullable Future<?> timeout;

  /** The request that is being read or answered. */
  private @Nullable Exchange current;

  /** That to the current request, or the last one. */
  private @Nullable HttpAnswer answer;

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

  Channel channel() {
    return channel;
  }

  EventLoop eventLoop() {
    return channel.eventLoop();
  }

  boolean isClosing() {
    return closing;
  }

  boolean isLoopback() {
    return channel.localAddress() instanceof InetSocketAddress local
        && local.getAddress().isLoopbackAddress();
  }

  /** Who is at the other end. */
  Attributes known(TranscodedCalls calls) {
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

  /** Whether the next request has to wait, for the answer to this one or for who reads none. */
  boolean isBusy() {
    return current == null ? !channel.isWritable() : current.isWhole();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    HttpObject part = (HttpObject) message;
    try {
      if (isBusy()) {
        return; // it is closed, and netty lets go of what it has
      }
      if (answer != null && answer.isLast() && answer.hasEnded()) {
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
    HttpAnswer begun = new HttpAnswer(this, head, closing || !HttpUtil.isKeepAlive(head));
    answer = begun;
    closeSlow(begun);
    current = routes.begin(begun, head);
    if (!begun.hasEnded() && HttpUtil.is100ContinueExpected(head)) {
      var unused =
          channel.writeAndFlush(
              new DefaultFullHttpResponse(
                  HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
  }

  /** Answers, as the head has come, a body that takes too long. */
  private void closeSlow(HttpAnswer to) {
    stopTimeout();
    timeout =
        eventLoop()
            .schedule(
                () ->
                    to.text(
                        HttpResponseStatus.REQUEST_TIMEOUT, "The request took too long to come.\n"),
                limits.request().toNanos(),
                TimeUnit.NANOSECONDS);
  }

  private void body(HttpContent part) {
    Exchange exchange = current;
    HttpAnswer to = answer;
    if (exchange == null || to == null) {
      return;
    }
    if (part.decoderResult().isFailure()) {
      var unused = to.text(HttpResponseStatus.BAD_REQUEST, "The body is not as HTTP/1.1 has it.\n");
      return;
    }
    exchange.content(part.content());
    if (part instanceof LastHttpContent) {
      if (!to.hasEnded()) {
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

  /** Whether something of the request is still to come. */
  boolean isUnread(HttpAnswer to) {
    Exchange exchange = current;
    // routes may answer before there is one
    return exchange == null ? to.hasBody() : !exchange.isWhole();
  }

  /** The last part of an answer is on its way. */
  void answered(HttpAnswer to, ChannelFuture sent, boolean unread) {
    if (to.isLast() && unread) {
      closeAfter(LINGER);
    } else if (to.isLast()) {
      sent.addListener(done -> channel.close());
    } else if (current != null) {
      // not from within the exchange
      eventLoop().execute(this::goOn);
    }
  }

  /** After the next look at the other connections: what is scheduled runs then. */
  void goOnLater() {
    var unused = eventLoop().schedule(this::goOn, 0, TimeUnit.NANOSECONDS);
  }

  private void goOn() {
    next();
    RequestDecoder decoder = channel.pipeline().get(RequestDecoder.class);
    if (decoder == null || isBusy()) {
      return;
    }
    try {
      decoder.resume(channel.pipeline().context(decoder));
    } catch (Exception e) {
      channel.pipeline().fireExceptionCaught(e);
    }
  }

  /** Goes on when a request is read and answered. */
  private void next() {
    HttpAnswer to = answer;
    boolean whole = current != null && current.isWhole();
    if (to == null || !to.hasEnded() || to.isLast() || !whole) {
      return;
    }
    current = null;
    if (closing) {
      var unused = channel.close();
      return;
    }
    closeAfter(limits.idle());
  }

  void tellWritable() {
    if (channel.isWritable() && current != null && answer != null && !answer.hasEnded()) {
      current.writable();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    tellWritable();
    if (channel.isWritable()) {
      eventLoop().execute(this::goOn);
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (known != null && knownTo != null) {
      knownTo.disconnected(known);
    }
    stopTimeout();
    Exchange exchange = current;
    current = null;
    if (exchange != null) {
      exchange.gone();
    }
    onEnd.accept(this);
    context.fireChannelInactive();
  }

  /** Callers that go, or speak no TLS, are no news; what else ends a connection is a fault. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException || cause instanceof DecoderException)) {
      log.atWarn().setCause(cause).log("a fault has ended a connection of the HTTP port");
    }
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
