package io.tokenbroker.server.web;

import com.google.protobuf.Message;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpUtil;
import io.tokenbroker.server.grpc.LastEncoded;
import io.tokenbroker.server.grpc.TranscodedCalls;
import io.tokenbroker.server.security.Permission;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is at which path. Thread-safe. */
final class Routes {
  /** What calls are given of a request's headers: who calls, and in which trace. */
  private static final List<Metadata.Key<String>> TAKEN =
      Stream.of("authorization", "traceparent", "tracestate")
          .map(name -> Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER))
          .toList();

  private final TranscodedCalls services;
  private final Scrape metrics;
  private final int maxBytes;
  private final HttpLimits limits;
  private final LastEncoded shared =
      new LastEncoded(message -> Codec.JSON.write((Message) message));
  private volatile boolean stopping;

  /**
   * @param maxBytes of a request
   */
  Routes(TranscodedCalls services, Scrape metrics, int maxBytes, HttpLimits limits) {
    this.services = services;
    this.metrics = metrics;
    this.maxBytes = maxBytes;
    this.limits = limits;
  }

  /** From now on the broker is not ready. */
  void stopping() {
    stopping = true;
  }

  /** Begins to answer, or has answered. */
  Exchange begin(HttpAnswer answer, HttpRequest request) {
    HttpConnection connection = answer.connection();
    if (request.decoderResult().isFailure()) {
      return unreadable(answer, request.decoderResult().cause());
    }
    if (request.protocolVersion().majorVersion() != 1) {
      return refuse(
          answer, HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "This port speaks HTTP/1.1.");
    }
    if (services.isOpen()
        && connection.isLoopback()
        && !Hosts.isDirect(request.headers().get(HttpHeaderNames.HOST))) {
      return misdirected(answer);
    }
    String path = path(request.uri());
    return switch (path) {
      case "/livez", "/readyz", "/metrics" -> page(answer, request, path);
      default -> call(answer, request, path);
    };
  }

  /** A page of somebody else in the browser of this machine's user, it seems. */
  private Exchange misdirected(HttpAnswer answer) {
    HttpConnection connection = answer.connection();
    services.turnedAway(
        connection.known(services),
        "HTTP",
        "MISDIRECTED_REQUEST",
        () ->
            connection
                .eventLoop()
                .execute(
                    () -> {
                      var unused =
                          answer.text(
                              HttpResponseStatus.MISDIRECTED_REQUEST,
                              "Where callers are not asked who they are, the host must be localhost"
                                  + " or an IP address.\n");
                    }));
    return new Exchange.Bodiless();
  }

  private static Exchange unreadable(HttpAnswer answer, Throwable cause) {
    String kind = cause.getClass().getSimpleName();
    if (kind.startsWith("TooLongHttpLine")) {
      return refuse(answer, HttpResponseStatus.REQUEST_URI_TOO_LONG, "The path is too long.");
    }
    return kind.startsWith("TooLongHttpHeader")
        ? refuse(
            answer,
            HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            "There are more than %d headers, or more than %d bytes of them."
                .formatted(RequestDecoder.MAX_HEADERS, RequestDecoder.HEADER_BYTES))
        : refuse(answer, HttpResponseStatus.BAD_REQUEST, "This is no request of HTTP/1.1.");
  }

  private static Exchange refuse(HttpAnswer answer, HttpResponseStatus status, String sentence) {
    var unused = answer.text(status, sentence + "\n");
    return new Exchange.Bodiless();
  }

  private static String path(String uri) {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  private Exchange page(HttpAnswer answer, HttpRequest request, String path) {
    if (!HttpMethod.GET.equals(request.method()) && !HttpMethod.HEAD.equals(request.method())) {
      return wrongMethod(answer, "GET, HEAD");
    }
    if (path.equals("/metrics")) {
      return metrics(answer, request);
    }
    if (path.equals("/readyz") && stopping) {
      return refuse(answer, HttpResponseStatus.SERVICE_UNAVAILABLE, "The broker is shutting down.");
    }
    var unused = answer.text(HttpResponseStatus.OK, "ok\n");
    return new Exchange.Bodiless();
  }

  private static Exchange wrongMethod(HttpAnswer answer, String allowed) {
    FullHttpResponse response =
        answer.response(
            HttpResponseStatus.METHOD_NOT_ALLOWED,
            "text/plain; charset=utf-8",
            ("Here the method is " + allowed + ".\n").getBytes(StandardCharsets.UTF_8));
    response.headers().set(HttpHeaderNames.ALLOW, allowed);
    var unused = answer.send(response);
    return new Exchange.Bodiless();
  }

  private Exchange metrics(HttpAnswer answer, HttpRequest request) {
    HttpConnection connection = answer.connection();
    services.admit(
        connection.known(services),
        headers(request),
        Permission.METRICS,
        "HTTP/metrics",
        refusal ->
            refusal.ifPresentOrElse(
                why -> connection.eventLoop().execute(() -> refuse(answer, why)),
                () -> metrics(answer)));
    return new Exchange.Bodiless();
  }

  private static void refuse(HttpAnswer answer, StatusRuntimeException refusal) {
    Metadata trailers = refusal.getTrailers();
    var unused =
        answer.send(
            ConnectError.of(refusal.getStatus(), trailers == null ? new Metadata() : trailers));
  }

  private void metrics(HttpAnswer answer) {
    metrics
        .text()
        .whenComplete(
            (text, failure) ->
                answer
                    .connection()
                    .eventLoop()
                    .execute(
                        () -> {
                          var unused =
                              failure == null
                                  ? answer.send(HttpResponseStatus.OK, Scrape.CONTENT_TYPE, text)
                                  : answer.text(
                                      HttpResponseStatus.SERVICE_UNAVAILABLE,
                                      "The metrics can't be told; the broker's log says why.\n");
                        }));
  }

  private static Metadata headers(HttpRequest request) {
    Metadata headers = new Metadata();
    TAKEN.forEach(
        key -> {
          String value = request.headers().get(key.name());
          if (value != null) {
            headers.put(key, value);
          }
        });
    return headers;
  }

  private Exchange call(HttpAnswer answer, HttpRequest request, String path) {
    Optional<ServerMethodDefinition<?, ?>> method =
        path.startsWith("/") ? services.method(path.substring(1)) : Optional.empty();
    if (method.isEmpty()) {
      return refuse(
          answer,
          HttpResponseStatus.NOT_FOUND,
          "There is /livez, /readyz, /metrics, and /tokenbroker.v1.TokenBroker/NextToken and"
              + " others.");
    }
    if (!HttpMethod.POST.equals(request.method())) {
      return wrongMethod(answer, "POST");
    }
    return call(answer, request, method.get());
  }

  private <Q, A> Exchange call(
      HttpAnswer answer, HttpRequest request, ServerMethodDefinition<Q, A> method) {
    MethodType type = method.getMethodDescriptor().getType();
    if (!type.clientSendsOneMessage()) {
      return unimplemented(answer, "Streams of requests need gRPC.");
    }
    Optional<CallFormat> format = CallFormat.of(request, type.serverSendsOneMessage());
    if (format.isEmpty()) {
      return refuse(
          answer,
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "The content-type must be "
              + (type.serverSendsOneMessage()
                  ? "application/json or application/proto."
                  : "application/json, application/connect+json or application/connect+proto."));
    }
    String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING, "identity");
    if (!encoding.equals("identity")) {
      return unimplemented(answer, "Requests must come without compression.");
    }
    Optional<Long> timeout = timeout(request);
    if (timeout.isEmpty()) {
      return fail(
          answer,
          Status.INVALID_ARGUMENT.withDescription(
              "connect-timeout-ms must be a number of up to 10 digits, from 1."));
    }
    Attributes known = answer.connection().known(services);
    CallFormat spoken = format.get();
    ConnectCall<Q, A> call =
        new ConnectCall<>(
            answer,
            method,
            known,
            spoken.codec(),
            spoken.framing(),
            spoken.codec() == Codec.JSON && services.isForMany(method) ? shared::of : null,
            maxBytes);
    call.begin(services, headers(request), bounded(timeout.get(), method));
    if (HttpUtil.getContentLength(request, 0L) > maxBytes) {
      call.tooBig();
    }
    return call;
  }

  /** A stream for which nobody is asked who calls would keep its connection for ever. */
  private long bounded(long timeoutMillis, ServerMethodDefinition<?, ?> method) {
    if (method.getMethodDescriptor().getType().serverSendsOneMessage()
        || !services.isForEveryone(method)) {
      return timeoutMillis;
    }
    long most = limits.idle().toMillis();
    return timeoutMillis == 0 ? most : Math.min(timeoutMillis, most);
  }

  private static Exchange unimplemented(HttpAnswer answer, String why) {
    return fail(answer, Status.UNIMPLEMENTED.withDescription(why));
  }

  private static Exchange fail(HttpAnswer answer, Status status) {
    var unused = answer.send(ConnectError.of(status, new Metadata()));
    return new Exchange.Bodiless();
  }

  /** 0 without one; empty if it is none. */
  private static Optional<Long> timeout(HttpRequest request) {
    String text = request.headers().get("connect-timeout-ms");
    if (text == null) {
      return Optional.of(0L);
    }
    return text.matches("0*[1-9][0-9]{0,9}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }
}
