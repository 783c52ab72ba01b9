package io.tokenbroker.server.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Compares what a runner saw with what a case says: what is not said may be anything. */
final class Match {
  private static final String ABSENT = "absent";
  private static final Pattern RANGE = Pattern.compile("([0-9.]+)\\.\\.([0-9.]+)");
  private static final Pattern SIZE = Pattern.compile("([0-9]+) of them");

  private final List<String> differences = new ArrayList<>();

  private Match() {}

  /** A line for each difference. */
  static List<String> differences(JsonElement expected, @Nullable JsonElement seen) {
    Match match = new Match();
    match.compare("", expected, seen);
    return match.differences;
  }

  /** The expectation with one thing in it wrong, in every way. */
  static List<JsonElement> wrong(JsonElement expected) {
    List<JsonElement> wrong = new ArrayList<>();
    if (expected.isJsonPrimitive()) {
      wrong.add(new JsonPrimitive("not this"));
    } else if (expected.isJsonArray()) {
      for (int i = 0; i < expected.getAsJsonArray().size(); i++) {
        for (JsonElement element : wrong(expected.getAsJsonArray().get(i))) {
          JsonArray copy = expected.getAsJsonArray().deepCopy();
          copy.set(i, element);
          wrong.add(copy);
        }
      }
    } else {
      expected
          .getAsJsonObject()
          .asMap()
          .forEach(
              (field, value) ->
                  wrong(value)
                      .forEach(
                          element -> {
                            JsonObject copy = expected.getAsJsonObject().deepCopy();
                            copy.add(field, element);
                            wrong.add(copy);
                          }));
    }
    return wrong;
  }

  private void compare(String path, JsonElement expected, @Nullable JsonElement seen) {
    if (expected.isJsonPrimitive() && expected.getAsString().equals(ABSENT)) {
      if (seen != null) {
        differences.add(path + " should be absent and is " + seen);
      }
    } else if (seen == null) {
      differences.add(path + " should be " + expected + " and is absent");
    } else if (expected.isJsonObject() && seen.isJsonObject()) {
      JsonObject there = seen.getAsJsonObject();
      for (Map.Entry<String, JsonElement> field : expected.getAsJsonObject().entrySet()) {
        compare(path + "/" + field.getKey(), field.getValue(), there.get(field.getKey()));
      }
    } else if (expected.isJsonArray() && seen.isJsonArray()) {
      compareElements(path, expected.getAsJsonArray().asList(), seen.getAsJsonArray().asList());
    } else if (!expected.isJsonPrimitive() || !fits(expected.getAsJsonPrimitive(), seen)) {
      differences.add(path + " should be " + expected + " and is " + seen);
    }
  }

  private void compareElements(String path, List<JsonElement> expected, List<JsonElement> seen) {
    if (expected.size() != seen.size()) {
      differences.add(path + " should have " + expected.size() + " elements and is " + seen);
      return;
    }
    for (int i = 0; i < expected.size(); i++) {
      compare(path + "/" + i, expected.get(i), seen.get(i));
    }
  }

  private static boolean fits(JsonPrimitive expected, JsonElement seen) {
    String wanted = expected.getAsString();
    Matcher size = SIZE.matcher(wanted);
    if (size.matches()) {
      return seen.isJsonArray() && seen.getAsJsonArray().size() == Integer.parseInt(size.group(1));
    }
    if (!seen.isJsonPrimitive()) {
      return false;
    }
    String text = seen.getAsString();
    Matcher range = RANGE.matcher(wanted);
    if (range.matches()) {
      BigDecimal number = new BigDecimal(text);
      return number.compareTo(new BigDecimal(range.group(1))) >= 0
          && number.compareTo(new BigDecimal(range.group(2))) <= 0;
    }
    return wanted.startsWith("~") ? text.matches(wanted.substring(1)) : text.equals(wanted);
  }
}
