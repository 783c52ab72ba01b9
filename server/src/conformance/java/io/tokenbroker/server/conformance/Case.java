package io.tokenbroker.server.conformance;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * One case of client/library/src/test/conformance/cases.yaml; its README says what may stand there.
 */
record Case(int number, String name, JsonObject fields) {
  private static final Path TABLE =
      Path.of("..", "client", "library", "src", "test", "conformance", "cases.yaml");
  private static final Pattern VARIABLE = Pattern.compile("\\$([a-z]+[0-9]*)");

  static List<Case> all() throws IOException {
    Object table = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(TABLE));
    List<Case> cases = new ArrayList<>();
    for (JsonElement element : new Gson().toJsonTree(table).getAsJsonArray()) {
      JsonObject fields = element.getAsJsonObject();
      cases.add(new Case(cases.size() + 1, fields.get("name").getAsString(), fields));
    }
    return cases;
  }

  Optional<String> text(String field) {
    return Optional.ofNullable(fields.get(field)).map(JsonElement::getAsString);
  }

  int tokens() {
    return text("tokens").map(Integer::valueOf).orElse(0);
  }

  List<JsonObject> steps() {
    return fields.getAsJsonArray("steps").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  /** With {@code $name} replaced in every text by the variable of that name. */
  static JsonElement resolved(JsonElement written, Map<String, String> variables) {
    if (written.isJsonObject()) {
      JsonObject result = new JsonObject();
      written
          .getAsJsonObject()
          .asMap()
          .forEach((key, value) -> result.add(key, resolved(value, variables)));
      return result;
    }
    if (written.isJsonArray()) {
      JsonArray result = new JsonArray();
      written.getAsJsonArray().forEach(value -> result.add(resolved(value, variables)));
      return result;
    }
    if (written.isJsonPrimitive() && written.getAsJsonPrimitive().isString()) {
      return new JsonPrimitive(
          VARIABLE.matcher(written.getAsString()).replaceAll(match -> value(match, variables)));
    }
    return written;
  }

  private static String value(MatchResult match, Map<String, String> variables) {
    String value = variables.get(match.group(1));
    if (value == null) {
      throw new AssertionError("no variable " + match.group() + ", but " + variables.keySet());
    }
    return Matcher.quoteReplacement(value);
  }

  @Override
  public String toString() {
    return name;
  }
}
