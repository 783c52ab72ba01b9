package io.tokenbroker.server.web;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/**
 * Finds numbers of some bytes that protobuf's parser would write out with as many digits as their
 * exponents say, for minutes. In protobuf's JSON a number may be a string as well.
 */
final class HugeNumbers {
  /** What may have one; of all others nothing more is looked at. */
  private static final Pattern SUSPECT = Pattern.compile("[eE]\\+?\\p{Nd}{5}|\\\\u");

  /** As BigDecimal reads it. */
  private static final Pattern HUGE =
      Pattern.compile("[+-]?(?:\\p{Nd}++\\.?\\p{Nd}*+|\\.\\p{Nd}++)[eE]\\+?\\p{Nd}{5,}+");

  private HugeNumbers() {}

  static boolean mayBeIn(String json) {
    return SUSPECT.matcher(json).find();
  }

  /** By the tokens of the parser itself; false for what it can't read. */
  static boolean areIn(String json) {
    Deque<JsonElement> left = new ArrayDeque<>();
    try {
      left.add(JsonParser.parseString(json));
    } catch (JsonParseException e) {
      return false;
    }
    while (!left.isEmpty()) {
      JsonElement next = left.remove();
      if (next.isJsonArray()) {
        next.getAsJsonArray().forEach(left::add);
      } else if (next.isJsonObject()) {
        next.getAsJsonObject().asMap().values().forEach(left::add);
      } else if (next instanceof JsonPrimitive value
          && HUGE.matcher(value.getAsString()).matches()) {
        return true;
      }
    }
    return false;
  }
}
