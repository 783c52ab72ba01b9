package io.tokenbroker.server.web;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How messages are written in bodies. */
enum Codec {
  JSON("application/json") {
    @Override
    byte[] write(Message message) {
      try {
        return PRINTER.print(message).getBytes(StandardCharsets.UTF_8);
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e); // of an Any, which no answer has
      }
    }

    @Override
    Message read(Message prototype, byte[] body) throws MalformedBodyException {
      Message.Builder builder = prototype.newBuilderForType();
      try {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        if (HugeNumbers.mayBeIn(text) && HugeNumbers.areIn(text)) {
          throw new MalformedBodyException("has a number that is too big");
        }
        PARSER.merge(text, builder);
        return builder.build();
      } catch (CharacterCodingException e) {
        throw new MalformedBodyException("is not UTF-8");
      } catch (InvalidProtocolBufferException e) {
        throw new MalformedBodyException(why(e));
      } catch (StackOverflowError e) {
        throw new MalformedBodyException("is nested too deeply");
      }
    }

    @Override
    long memory(byte[] body) {
      long values = 0;
      for (byte one : body) {
        if (one == ',' || one == '[' || one == '{' || one == ':') {
          values++;
        }
      }
      return body.length + values * VALUE_BYTES;
    }
  },

  PROTO("application/proto") {
    @Override
    byte[] write(Message message) {
      return message.toByteArray();
    }

    @Override
    Message read(Message prototype, byte[] body) throws MalformedBodyException {
      try {
        return prototype.getParserForType().parseFrom(body);
      } catch (InvalidProtocolBufferException e) {
        throw new MalformedBodyException("is not a message of this method");
      }
    }

    @Override
    long memory(byte[] body) {
      return body.length;
    }
  };

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser();

  /** Of a value in the tree that is made of a body on the way, about. */
  private static final int VALUE_BYTES = 128;

  private static final Pattern UNKNOWN_FIELD =
      Pattern.compile("^Cannot find field: (\\w{1,64}) in message [\\w.]+$");

  /** Not the parser's own words: they may quote a secret. */
  private static String why(InvalidProtocolBufferException e) {
    Matcher unknown = UNKNOWN_FIELD.matcher(String.valueOf(e.getMessage()));
    return unknown.matches()
        ? "has no field " + unknown.group(1)
        : "is not a message of this method in JSON";
  }

  private final String contentType;

  Codec(String contentType) {
    this.contentType = contentType;
  }

  String contentType() {
    return contentType;
  }

  abstract byte[] write(Message message);

  abstract Message read(Message prototype, byte[] body) throws MalformedBodyException;

  /** What {@link #read} needs, about, in bytes. */
  abstract long memory(byte[] body);
}
