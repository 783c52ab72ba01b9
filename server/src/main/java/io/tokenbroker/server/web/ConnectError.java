package io.tokenbroker.server.web;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Base64;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * A status as the Connect protocol has it: an HTTP status, and JSON with the details.
 *
 * @param retryAfterSeconds rounded up
 */
record ConnectError(int httpStatus, JsonObject json, OptionalLong retryAfterSeconds) {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder()
                  .add(ErrorInfo.getDescriptor())
                  .add(RetryInfo.getDescriptor())
                  .add(BadRequest.getDescriptor())
                  .build());

  static ConnectError of(Status status, Metadata trailers) {
    com.google.rpc.Status full = StatusProto.fromStatusAndTrailers(status, trailers);
    JsonObject json = new JsonObject();
    json.addProperty("code", name(status.getCode()));
    if (!full.getMessage().isEmpty()) {
      json.addProperty("message", full.getMessage());
    }
    JsonArray details = new JsonArray();
    OptionalLong retry = OptionalLong.empty();
    for (Any detail : full.getDetailsList()) {
      details.add(detail(detail));
      if (detail.is(RetryInfo.class)) {
        retry = OptionalLong.of(seconds(detail));
      }
    }
    if (!details.isEmpty()) {
      json.add("details", details);
    }
    return new ConnectError(httpStatus(status.getCode()), json, retry);
  }

  private static JsonObject detail(Any detail) {
    JsonObject json = new JsonObject();
    String url = detail.getTypeUrl();
    json.addProperty("type", url.substring(url.lastIndexOf('/') + 1));
    json.addProperty(
        "value",
        Base64.getEncoder().withoutPadding().encodeToString(detail.getValue().toByteArray()));
    try {
      JsonObject debug = JsonParser.parseString(PRINTER.print(detail)).getAsJsonObject();
      debug.remove("@type");
      json.add("debug", debug);
    } catch (InvalidProtocolBufferException e) {
      return json; // of a type that nobody has told: its bytes have to do
    }
    return json;
  }

  private static long seconds(Any detail) {
    try {
      var delay = detail.unpack(RetryInfo.class).getRetryDelay();
      return delay.getSeconds() + (delay.getNanos() > 0 ? 1 : 0);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // it was made here
    }
  }

  private static String name(Status.Code code) {
    // the one that Connect spells in its own way
    return code == Status.Code.CANCELLED ? "canceled" : code.name().toLowerCase(Locale.ROOT);
  }

  private static int httpStatus(Status.Code code) {
    return switch (code) {
      case OK -> 200;
      case CANCELLED -> 499;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
    };
  }
}
