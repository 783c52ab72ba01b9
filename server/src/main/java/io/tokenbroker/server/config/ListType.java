package io.tokenbroker.server.config;

import java.util.Arrays;
import java.util.List;

/**
 * Several words of some, each once, with commas between them.
 *
 * @param words those there are, in lower case
 */
record ListType(List<String> words) implements ValueType<List<String>> {
  @Override
  public List<String> parse(String text) {
    List<String> parsed = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    if (!words.containsAll(parsed) || parsed.stream().distinct().count() != parsed.size()) {
      throw new IllegalArgumentException();
    }
    return parsed;
  }

  @Override
  public String allowed() {
    return "one or more of " + String.join(", ", words) + ", with commas between them";
  }

  @Override
  public String range() {
    return "some of " + String.join(", ", words);
  }
}
