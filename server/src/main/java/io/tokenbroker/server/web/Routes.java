package io.tokenbroker.server.web;

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
import io.tokenbroker.server.grpc.OtherCalls;
import io.tokenbroker.server.security.Permission;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What is at which path. Thread-safe. */
final class Routes {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final OtherCalls services;
  private final Scrape metrics;
  private final int maxBytes;
  private volatile boolean stopping;

  /**
   * @param maxBytes of a request
   */
  Routes(OtherCalls services, Scrape metrics, int maxBytes) {
    this.services = services;
    this.metrics = metrics;
    this.maxBytes = maxBytes;
  }

  /** From now on the broker is not ready. */
  void stopping() {
    stopping = true;
  }

  /** Begins to answer, or has answered. */
  Exchange begin(HttpConnection connection, HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return unreadable(connection, request.decoderResult().cause());
    }
    if (request.protocolVersion().majorVersion() != 1) {
      return refuse(
          connection, HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "This port speaks HTTP/1.1.");
    }
    if (services.isOpen()
        && connection.isLoopback()
        && !Hosts.isDirect(request.headers().get(HttpHeaderNames.HOST))) {
      return misdirected(connection);
    }
    String path = path(request.uri());
    return switch (path) {
      case "/livez", "/readyz", "/metrics" -> page(connection, request, path);
      default -> call(connection, request, path);
    };
  }

  /** A page of somebody else in the browser of this machine's user, it seems. */
  private Exchange misdirected(HttpConnection connection) {
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
                          connection.text(
                              HttpResponseStatus.MISDIRECTED_REQUEST,
                              "Where callers are not asked who they are, the host must be localhost"
                                  + " or an IP address.\n");
                    }));
    return new Exchange.Bodiless();
  }

  private static Exchange unreadable(HttpConnection connection, Throwable cause) {
    String kind = cause.getClass().getSimpleName();
    if (kind.startsWith("TooLongHttpLine")) {
      return refuse(connection, HttpResponseStatus.REQUEST_URI_TOO_LONG, "The path is too long.");
    }
    return kind.startsWith("TooLongHttpHeader")
        ? refuse(
            connection,
            HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The headers have more than 16 KiB.")
        : refuse(connection, HttpResponseStatus.BAD_REQUEST, "This is no request of HTTP/1.1.");
  }

  private static Exchange refuse(
      HttpConnection connection, HttpResponseStatus status, String sentence) {
    var unused = connection.text(status, sentence + "\n");
    return new Exchange.Bodiless();
  }

  private static String path(String uri) {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  private Exchange page(HttpConnection connection, HttpRequest request, String path) {
    if (!HttpMethod.GET.equals(request.method()) && !HttpMethod.HEAD.equals(request.method())) {
      return wrongMethod(connection, "GET, HEAD");
    }
    if (path.equals("/metrics")) {
      return metrics(connection, request);
    }
    if (path.equals("/readyz") && stopping) {
      return refuse(
          connection, HttpResponseStatus.SERVICE_UNAVAILABLE, "The broker is shutting down.");
    }
    var unused = connection.text(HttpResponseStatus.OK, "ok\n");
    return new Exchange.Bodiless();
  }

  private static Exchange wrongMethod(HttpConnection connection, String allowed) {
    FullHttpResponse response =
        connection.response(
            HttpResponseStatus.METHOD_NOT_ALLOWED,
            "text/plain; charset=utf-8",
            ("Here the method is " + allowed + ".\n").getBytes(StandardCharsets.UTF_8));
    response.headers().set(HttpHeaderNames.ALLOW, allowed);
    var unused = connection.answer(response);
    return new Exchange.Bodiless();
  }

  private Exchange metrics(HttpConnection connection, HttpRequest request) {
    services.admit(
        connection.known(services),
        headers(request),
        Permission.METRICS,
        "HTTP/metrics",
        refusal ->
            refusal.ifPresentOrElse(
                why -> connection.eventLoop().execute(() -> answer(connection, why)),
                () -> metrics(connection)));
    return new Exchange.Bodiless();
  }

  private static void answer(HttpConnection connection, StatusRuntimeException refusal) {
    Metadata trailers = refusal.getTrailers();
    var unused =
        connection.answer(
            ConnectError.of(refusal.getStatus(), trailers == null ? new Metadata() : trailers));
  }

  private void metrics(HttpConnection connection) {
    metrics
        .text()
        .whenComplete(
            (text, failure) ->
                connection
                    .eventLoop()
                    .execute(
                        () -> {
                          var unused =
                              failure == null
                                  ? connection.answer(
                                      HttpResponseStatus.OK, Scrape.CONTENT_TYPE, text)
                                  : connection.text(
                                      HttpResponseStatus.SERVICE_UNAVAILABLE,
                                      "Others are being told the metrics. Try again.\n");
                        }));
  }

  private static Metadata headers(HttpRequest request) {
    Metadata headers = new Metadata();
    String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
    if (authorization != null) {
      headers.put(AUTHORIZATION, authorization);
    }
    return headers;
  }

  private Exchange call(HttpConnection connection, HttpRequest request, String path) {
    Optional<ServerMethodDefinition<?, ?>> method =
        path.startsWith("/") ? services.method(path.substring(1)) : Optional.empty();
    if (method.isEmpty()) {
      return refuse(
          connection,
          HttpResponseStatus.NOT_FOUND,
          "There is /livez, /readyz, /metrics, and /tokenbroker.v1.TokenBroker/NextToken and"
              + " others.");
    }
    if (!HttpMethod.POST.equals(request.method())) {
      return wrongMethod(connection, "POST");
    }
    return call(connection, request, method.get());
  }

  private <Q, A> Exchange call(
      HttpConnection connection, HttpRequest request, ServerMethodDefinition<Q, A> method) {
    MethodType type = method.getMethodDescriptor().getType();
    if (!type.clientSendsOneMessage()) {
      return unimplemented(connection, "Streams of requests need gRPC.");
    }
    Optional<CallFormat> format = CallFormat.of(request, type.serverSendsOneMessage());
    if (format.isEmpty()) {
      return refuse(
          connection,
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "The content-type must be "
              + (type.serverSendsOneMessage()
                  ? "application/json or application/proto."
                  : "application/json or application/connect+json."));
    }
    String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING, "identity");
    if (!encoding.equals("identity")) {
      return unimplemented(connection, "Requests must come without compression.");
    }
    Optional<Long> timeout = timeout(request);
    if (timeout.isEmpty()) {
      return fail(
          connection,
          Status.INVALID_ARGUMENT.withDescription(
              "connect-timeout-ms must be a number of up to 10 digits, from 1."));
    }
    Attributes known = connection.known(services);
    ConnectCall<Q, A> call =
        new ConnectCall<>(
            connection, method, known, format.get().codec(), format.get().framing(), maxBytes);
    call.begin(services, headers(request), timeout.get());
    if (HttpUtil.getContentLength(request, 0L) > maxBytes) {
      call.tooBig();
    }
    return call;
  }

  private static Exchange unimplemented(HttpConnection connection, String why) {
    return fail(connection, Status.UNIMPLEMENTED.withDescription(why));
  }

  private static Exchange fail(HttpConnection connection, Status status) {
    var unused = connection.answer(ConnectError.of(status, new Metadata()));
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
