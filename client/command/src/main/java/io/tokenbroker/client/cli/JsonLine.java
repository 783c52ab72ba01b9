package io.tokenbroker.client.cli;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One JSON object on one line. Absent values are left out. */
final class JsonLine {
  private final StringWriter text = new StringWriter();
  private final JsonWriter json = new JsonWriter(text);

  JsonLine() {
    json.setSerializeNulls(false);
    write(() -> json.beginObject());
  }

  JsonLine put(String name, @Nullable String value) {
    return write(() -> json.name(name).value(value));
  }

  /** Leaves out what is empty. */
  JsonLine putIfSet(String name, String value) {
    return value.isEmpty() ? this : put(name, value);
  }

  JsonLine put(String name, boolean value) {
    return write(() -> json.name(name).value(value));
  }

  /** Leaves out what is false. */
  JsonLine putIfTrue(String name, boolean value) {
    return value ? put(name, true) : this;
  }

  JsonLine put(String name, long value) {
    return write(() -> json.name(name).value(value));
  }

  JsonLine put(String name, double value) {
    return write(() -> json.name(name).value(value));
  }

  /** A uint64 of the contract. */
  JsonLine putUnsigned(String name, long value) {
    return write(() -> json.name(name).value(new BigInteger(Long.toUnsignedString(value))));
  }

  JsonLine put(String name, List<String> values) {
    return write(
        () -> {
          json.name(name).beginArray();
          for (String value : values) {
            json.value(value);
          }
          json.endArray();
        });
  }

  JsonLine putObject(String name, JsonLine object) {
    return write(() -> json.name(name).jsonValue(object.end()));
  }

  JsonLine putObjects(String name, List<JsonLine> objects) {
    return write(
        () -> {
          json.name(name).beginArray();
          for (JsonLine object : objects) {
            json.jsonValue(object.end());
          }
          json.endArray();
        });
  }

  /** The text; nothing can be put afterwards. */
  String end() {
    write(() -> json.endObject());
    return text.toString();
  }

  private JsonLine write(Step step) {
    try {
      step.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  private interface Step {
    void run() throws IOException;
  }
}
