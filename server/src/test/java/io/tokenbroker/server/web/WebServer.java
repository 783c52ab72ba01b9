package io.tokenbroker.server.web;

import io.grpc.BindableService;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.grpc.CallLimits;
import io.tokenbroker.server.grpc.Callers;
import io.tokenbroker.server.grpc.GrpcServer;
import io.tokenbroker.server.grpc.Plane;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A test's broker with an HTTP port, which everyone may call. */
final class WebServer implements AutoCloseable {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  final TestBroker broker;
  final GrpcServer grpc;
  private final HttpServer http;

  WebServer() throws IOException {
    this(new TestBroker());
  }

  WebServer(TestBroker broker) throws IOException {
    this(broker, broker.services());
  }

  WebServer(TestBroker broker, List<BindableService> services) throws IOException {
    this(
        broker,
        services,
        MINUTE,
        Optional.empty(),
        () -> CompletableFuture.completedFuture(new byte[0]),
        Plane.ALL);
  }

  /**
   * @param planes one for each address of gRPC; HTTP serves that of the first
   */
  WebServer(
      TestBroker broker,
      List<BindableService> services,
      Duration idle,
      Optional<AuditLog> audit,
      Scrape metrics,
      Plane... planes)
      throws IOException {
    this.broker = broker;
    CallLimits limits = TestCallLimits.WIDE;
    grpc =
        new GrpcServer(
            List.of(planes).stream().map(WebServer::listener).toList(),
            limits,
            Defaults.CONNECTIONS,
            false,
            Callers.LOCAL,
            broker.streams,
            audit,
            true,
            Optional.empty(),
            Optional.empty(),
            services);
    http =
        new HttpServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Optional.empty(),
            limits,
            new HttpLimits(MINUTE, idle, MINUTE),
            grpc.transcodedCalls(),
            metrics);
    try {
      grpc.start();
    } catch (Exception e) {
      throw new IOException(e);
    }
    grpc.open(http);
  }

  private static GrpcServer.Listener listener(Plane plane) {
    return new GrpcServer.Listener(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Optional.empty(),
        plane,
        Set.of());
  }

  /** The head and body of a call. */
  static String post(String method, String json, String... headers) {
    return "POST /"
        + method
        + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
        + json.length()
        + "\r\n"
        + String.join("", List.of(headers).stream().map(header -> header + "\r\n").toList())
        + "\r\n"
        + json;
  }

  /** What comes back until the connection ends. */
  String raw(String sent) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), http.port())) {
      socket.setSoTimeout(Math.toIntExact(MINUTE.toMillis()));
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Override
  public void close() {
    try {
      var unused = grpc.drain(Duration.ZERO, Duration.ofSeconds(1), () -> {}, () -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    broker.close();
  }
}
