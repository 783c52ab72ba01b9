package io.tokenbroker.server.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.client.ClientOptions;
import io.tokenbroker.client.StreamOptions;
import io.tokenbroker.client.TlsOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.TokenSequence;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Does what cases say through the client library for Java; answers with JSON, a line for a line.
 */
final class JavaRunner {
  private static final Duration TAKE = Duration.ofSeconds(60);
  private static final JsonFormat.Printer PRINTER = JsonFormat.printer();

  private final Map<String, OpenCall> calls = new HashMap<>();
  private final Map<String, TokenSequence> supplies = new HashMap<>();
  private @Nullable TokenBrokerClient client;

  private JavaRunner() {}

  public static void main(String[] arguments) throws IOException {
    JavaRunner runner = new JavaRunner();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject answer;
      try {
        answer = runner.obey(JsonParser.parseString(line).getAsJsonObject());
      } catch (Exception e) {
        answer = new JsonObject();
        answer.addProperty("error", e.toString());
      }
      out.println(answer);
    }
  }

  private JsonObject obey(JsonObject order) throws Exception {
    String call = order.has("call") ? order.get("call").getAsString() : "";
    JsonObject answer = new JsonObject();
    switch (order.get("do").getAsString()) {
      case "connect" -> connect(order);
      case "open" -> calls.put(call, open(order));
      case "read" -> answer = required(calls.get(call)).read();
      case "cancel" -> {
        TokenSequence supply = supplies.remove(call);
        if (supply == null) {
          required(calls.get(call)).call.cancel("as the case says", null);
        } else {
          supply.close();
        }
      }
      case "supply" ->
          supplies.put(
              call,
              required(client).stream(
                  order.getAsJsonObject("request").get("account").getAsString(),
                  StreamOptions.DEFAULT.withBufferSize(order.get("window").getAsInt())));
      case "take" -> {
        JsonArray turns = new JsonArray();
        for (int i = order.get("turns").getAsInt(); i > 0; i--) {
          turns.add(json(required(supplies.get(call)).take(TAKE)));
        }
        JsonObject message = new JsonObject();
        message.add("turns", turns);
        answer.add("message", message);
      }
      case "print" -> {
        Message printed = open(order).message();
        answer.addProperty("safe", redacted(printed).toString());
        answer.addProperty("raw", printed.toString());
      }
      default -> throw new IllegalArgumentException("no such order: " + order);
    }
    return answer;
  }

  private void connect(JsonObject order) {
    if (client != null) {
      client.close();
    }
    calls.clear();
    supplies.clear();
    ClientOptions options =
        ClientOptions.DEFAULT.withEndpoints(order.get("endpoint").getAsString());
    if (order.has("ca")) {
      TlsOptions tls = TlsOptions.DEFAULT.withCa(Path.of(order.get("ca").getAsString()));
      if (order.has("cert")) {
        tls =
            tls.withIdentity(
                Path.of(order.get("cert").getAsString()), Path.of(order.get("key").getAsString()));
      }
      options = options.withTls(tls);
    }
    if (order.has("token")) {
      options = options.withInterceptors(bearer(order.get("token").getAsString()));
    }
    client = TokenBrokerClient.connect(options);
  }

  private static ClientInterceptor bearer(String token) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("there is none");
    }
    return value;
  }

  @SuppressWarnings("unchecked") // all methods of the service have messages of protobuf
  private OpenCall open(JsonObject order) throws InvalidProtocolBufferException {
    String name = order.get("method").getAsString();
    MethodDescriptor<Message, Message> method =
        TokenBrokerGrpc.getServiceDescriptor().getMethods().stream()
            .filter(known -> name.equals(known.getBareMethodName()))
            .map(known -> (MethodDescriptor<Message, Message>) known)
            .findFirst()
            .orElseThrow();
    var marshaller = (PrototypeMarshaller<Message>) method.getRequestMarshaller();
    Message.Builder request = required(marshaller.getMessagePrototype()).newBuilderForType();
    JsonFormat.parser().merge(order.get("request").toString(), request);
    long millis = (long) ((order.has("timeout") ? order.get("timeout").getAsDouble() : 60) * 1000);
    return OpenCall.of(
        required(client)
            .channel()
            .newCall(method, CallOptions.DEFAULT.withDeadlineAfter(millis, TimeUnit.MILLISECONDS)),
        request.build());
  }

  private static JsonObject json(Message message) throws InvalidProtocolBufferException {
    return JsonParser.parseString(PRINTER.print(message)).getAsJsonObject();
  }

  /** The message with a word in place of each field that the contract marks as secret. */
  private static Message redacted(Message message) {
    Message.Builder copy = message.toBuilder();
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (field.getOptions().getDebugRedact()) {
                copy.setField(field, "redacted");
              } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                  && !field.isRepeated()) {
                copy.setField(field, redacted((Message) value));
              }
            });
    return copy.build();
  }

  /** A call of either kind, whose messages are asked for one by one. */
  private static final class OpenCall extends ClientCall.Listener<Message> {
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final ClientCall<Message, Message> call;

    private OpenCall(ClientCall<Message, Message> call) {
      this.call = call;
    }

    static OpenCall of(ClientCall<Message, Message> call, Message request) {
      OpenCall open = new OpenCall(call);
      call.start(open, new Metadata());
      call.sendMessage(request);
      call.halfClose();
      return open;
    }

    private Object next() throws InterruptedException {
      call.request(1);
      return required(events.poll(TAKE.toSeconds(), TimeUnit.SECONDS));
    }

    Message message() throws InterruptedException {
      return (Message) next();
    }

    JsonObject read() throws InterruptedException, InvalidProtocolBufferException {
      Object event = next();
      JsonObject answer = new JsonObject();
      if (event instanceof Message message) {
        answer.add("message", json(message));
      } else {
        answer.add("status", (JsonObject) event);
      }
      return answer;
    }

    @Override
    public void onMessage(Message message) {
      events.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      JsonObject told = new JsonObject();
      told.addProperty("code", status.getCode().name());
      told.addProperty("message", String.valueOf(status.getDescription()));
      com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
      for (Any any : details.getDetailsList()) {
        try {
          addDetail(any, told);
        } catch (InvalidProtocolBufferException e) {
          told.addProperty("message", e.toString());
        }
      }
      events.add(told);
    }

    private static void addDetail(Any any, JsonObject told) throws InvalidProtocolBufferException {
      if (any.is(ErrorInfo.class)) {
        told.add("error_info", json(any.unpack(ErrorInfo.class)));
      } else if (any.is(RetryInfo.class)) {
        var delay = any.unpack(RetryInfo.class).getRetryDelay();
        told.addProperty("retry_delay", delay.getSeconds() + delay.getNanos() / 1e9);
      } else if (any.is(BadRequest.class)) {
        told.add("violations", json(any.unpack(BadRequest.class)).get("fieldViolations"));
      }
    }
  }
}
