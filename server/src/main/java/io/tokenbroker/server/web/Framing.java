package io.tokenbroker.server.web;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** How the answers of a stream are told apart, and its end. */
enum Framing {
  /** A message a line; an error is a last line {@code {"error":…}}. */
  LINES("application/x-ndjson") {
    @Override
    byte[] message(byte[] message) {
      return joined("", message, "\n");
    }

    @Override
    byte[] failure(JsonObject error) {
      return joined("", wrapped(error), "\n");
    }
  },

  /** Server-sent events; an error is an event of that name. */
  EVENTS("text/event-stream") {
    @Override
    byte[] message(byte[] message) {
      return joined("data: ", message, "\n\n");
    }

    @Override
    byte[] failure(JsonObject error) {
      return joined("event: error\ndata: ", bytes(error), "\n\n");
    }
  },

  /** Connect's envelopes: flags and length before each message, the last one says how it ended. */
  ENVELOPES("application/connect+json") {
    @Override
    byte[] message(byte[] message) {
      return enveloped(0, message);
    }

    @Override
    byte[] failure(JsonObject error) {
      return enveloped(END, wrapped(error));
    }

    @Override
    byte[] success() {
      return enveloped(END, bytes(new JsonObject()));
    }
  },

  /** The same around messages in binary; how it ended is in JSON all the same. */
  BINARY_ENVELOPES("application/connect+proto") {
    @Override
    byte[] message(byte[] message) {
      return ENVELOPES.message(message);
    }

    @Override
    byte[] failure(JsonObject error) {
      return ENVELOPES.failure(error);
    }

    @Override
    byte[] success() {
      return ENVELOPES.success();
    }
  };

  private static final int END = 2;
  private static final int ENVELOPE_BYTES = 5;

  private final String contentType;

  Framing(String contentType) {
    this.contentType = contentType;
  }

  String contentType() {
    return contentType;
  }

  boolean isEnveloped() {
    return this == ENVELOPES || this == BINARY_ENVELOPES;
  }

  abstract byte[] message(byte[] message);

  abstract byte[] failure(JsonObject error);

  byte[] success() {
    return new byte[0];
  }

  /** The one message of a request in envelopes. */
  static byte[] unwrapped(byte[] body) throws MalformedBodyException {
    if (body.length < ENVELOPE_BYTES
        || body[0] != 0
        || ByteBuffer.wrap(body, 1, Integer.BYTES).getInt() != body.length - ENVELOPE_BYTES) {
      throw new MalformedBodyException("is not one message in an envelope, without compression");
    }
    return Arrays.copyOfRange(body, ENVELOPE_BYTES, body.length);
  }

  private static byte[] bytes(JsonObject json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] wrapped(JsonObject error) {
    JsonObject end = new JsonObject();
    end.add("error", error);
    return bytes(end);
  }

  private static byte[] joined(String before, byte[] message, String behind) {
    return ByteBuffer.allocate(before.length() + message.length + behind.length())
        .put(before.getBytes(StandardCharsets.US_ASCII))
        .put(message)
        .put(behind.getBytes(StandardCharsets.US_ASCII))
        .array();
  }

  private static byte[] enveloped(int flags, byte[] message) {
    return ByteBuffer.allocate(ENVELOPE_BYTES + message.length)
        .put((byte) flags)
        .putInt(message.length)
        .put(message)
        .array();
  }
}
