package io.tokenbroker.server.testing;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A collector of OTLP over HTTP, which reads ExportTraceServiceRequest by the numbers of its
 * fields.
 */
public final class TraceCollector implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();

  /**
   * @param parent hex; empty for the first of a trace
   * @param status 0 unset, 2 error
   */
  public record Told(
      String service,
      String trace,
      String id,
      String parent,
      String name,
      Map<String, String> attributes,
      long status) {}

  private final HttpServer server;
  private final List<Told> told = new CopyOnWriteArrayList<>();
  private final List<String> raw = new CopyOnWriteArrayList<>();

  public TraceCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  public List<Told> told() {
    return List.copyOf(told);
  }

  /** All bytes that have come, as Latin 1. */
  public String raw() {
    return String.join("", raw);
  }

  private void take(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    raw.add(new String(body, StandardCharsets.ISO_8859_1));
    for (UnknownFieldSet resource : all(UnknownFieldSet.parseFrom(body), 1)) {
      String service = attributes(all(resource, 1).get(0), 1).getOrDefault("service.name", "");
      for (UnknownFieldSet scope : all(resource, 2)) {
        for (UnknownFieldSet span : all(scope, 2)) {
          told.add(span(service, span));
        }
      }
    }
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  private static Told span(String service, UnknownFieldSet span)
      throws InvalidProtocolBufferException {
    List<UnknownFieldSet> status = all(span, 15);
    return new Told(
        service,
        hex(span, 1),
        hex(span, 2),
        hex(span, 4),
        text(span, 5),
        attributes(span, 9),
        status.isEmpty()
            ? 0
            : status.get(0).getField(3).getVarintList().stream().findFirst().orElse(0L));
  }

  private static Map<String, String> attributes(UnknownFieldSet of, int field)
      throws InvalidProtocolBufferException {
    Map<String, String> attributes = new HashMap<>();
    for (UnknownFieldSet pair : all(of, field)) {
      for (UnknownFieldSet value : all(pair, 2)) {
        attributes.put(
            text(pair, 1),
            value.hasField(3)
                ? String.valueOf(value.getField(3).getVarintList().get(0))
                : text(value, 1));
      }
    }
    return attributes;
  }

  private static List<UnknownFieldSet> all(UnknownFieldSet of, int field)
      throws InvalidProtocolBufferException {
    List<UnknownFieldSet> found = new java.util.ArrayList<>();
    for (ByteString part : of.getField(field).getLengthDelimitedList()) {
      found.add(UnknownFieldSet.parseFrom(part));
    }
    return found;
  }

  private static String text(UnknownFieldSet of, int field) {
    return of.getField(field).getLengthDelimitedList().stream()
        .findFirst()
        .map(ByteString::toStringUtf8)
        .orElse("");
  }

  private static String hex(UnknownFieldSet of, int field) {
    return of.getField(field).getLengthDelimitedList().stream()
        .findFirst()
        .map(bytes -> HEX.formatHex(bytes.toByteArray()))
        .orElse("");
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
