package io.tokenbroker.client.cli.importing;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One JSON object per line, with the keys that CSV has as columns. Null is as if absent. */
final class JsonLinesFile {
  private JsonLinesFile() {}

  static void read(SourceText text, Findings findings) {
    int number = 0;
    boolean begun = false;
    for (String line : text.lines()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      if (!begun && line.strip().startsWith("[")) {
        // of a whole array each line would be refused
        findings.giveUp(number, "a JSON array: make one object a line of it, say with jq -c '.[]'");
        return;
      }
      begun = true;
      try {
        findings.token(number, number, fields(line));
      } catch (RefusedLine e) {
        findings.refuse(number, e.why());
      }
    }
  }

  private static TokenFields fields(String line) throws RefusedLine {
    List<String> keys = new ArrayList<>();
    List<String> values = new ArrayList<>();
    boolean secretIsText = true;
    try (JsonReader json = new JsonReader(new StringReader(line))) {
      json.setStrictness(Strictness.STRICT);
      json.beginObject();
      while (json.hasNext()) {
        String key = json.nextName();
        boolean secret = key.equals("secret") || key.equals("token");
        secretIsText &= !secret || json.peek() == JsonToken.STRING;
        keys.add(key);
        values.add(value(json));
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalStateException();
      }
    } catch (IOException | IllegalStateException e) {
      // its message may quote the line
      throw new RefusedLine("not one JSON object");
    }
    List<String> names = Header.of(keys, "key");
    if (!secretIsText) {
      throw new RefusedLine("secret must be a JSON string");
    }
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      fields.put(names.get(i), values.get(i));
    }
    return new TokenFields(fields);
  }

  private static String value(JsonReader json) throws IOException, RefusedLine {
    return switch (json.peek()) {
      case STRING, NUMBER -> json.nextString();
      case BOOLEAN -> Boolean.toString(json.nextBoolean());
      case NULL -> {
        json.nextNull();
        yield "";
      }
      default -> throw new RefusedLine("a value must be a string, a number, true or false");
    };
  }
}
