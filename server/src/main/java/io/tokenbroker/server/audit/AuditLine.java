package io.tokenbroker.server.audit;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A line as it was read.
 *
 * @param number within its file, from 1
 * @param hash of its bytes without its end
 * @param ended whether it has one
 * @param fields null if it is no record
 */
record AuditLine(Path file, long number, String hash, boolean ended, @Nullable JsonObject fields) {
  private static final TypeAdapter<JsonObject> JSON = new Gson().getAdapter(JsonObject.class);

  static AuditLine of(Path file, long number, byte[] bytes, boolean ended) {
    return new AuditLine(file, number, Chain.hash(bytes, bytes.length), ended, parse(bytes));
  }

  /** Null if the file is empty or its first line is no record. */
  static @Nullable AuditLine first(Path file) throws IOException {
    try (AuditLines lines = new AuditLines(file)) {
      AuditLine line = lines.next();
      return line == null || line.fields == null ? null : line;
    }
  }

  private static @Nullable JsonObject parse(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      JsonReader reader = new JsonReader(new StringReader(text));
      reader.setStrictness(Strictness.STRICT);
      JsonObject object = JSON.read(reader);
      return reader.peek() == JsonToken.END_DOCUMENT && object != null && isRecord(object)
          ? object
          : null;
    } catch (IOException | JsonParseException | IllegalStateException | NumberFormatException e) {
      return null;
    }
  }

  private static boolean isRecord(JsonObject object) {
    return isText(object.get("type"))
        && isText(object.get("time"))
        && isText(object.get("prev"))
        && object.get("seq") instanceof JsonPrimitive seq
        && seq.isNumber()
        && seq.getAsString().matches("[1-9][0-9]{0,17}");
  }

  private static boolean isText(@Nullable JsonElement element) {
    return element instanceof JsonPrimitive text && text.isString();
  }

  /** 0 if it is no record. */
  long seq() {
    return fields == null ? 0 : fields.get("seq").getAsLong();
  }

  boolean is(String type) {
    return text("type").equals(type);
  }

  /** Empty if there is no such text. */
  String text(String name) {
    JsonElement value = fields == null ? null : fields.get(name);
    return value != null && isText(value) ? value.getAsString() : "";
  }

  long count(String name) {
    JsonElement value = fields == null ? null : fields.get(name);
    return value instanceof JsonPrimitive number
            && number.isNumber()
            && number.getAsString().matches("[0-9]{1,18}")
        ? number.getAsLong()
        : 0;
  }

  JsonObject object(String name) {
    JsonElement value = fields == null ? null : fields.get(name);
    return value != null && value.isJsonObject() ? value.getAsJsonObject() : new JsonObject();
  }

  Chain chain() {
    return new Chain(seq(), hash);
  }

  String place() {
    return file + ":" + number;
  }
}
