package io.tokenbroker.server.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** One of the names of an enum, in lower case. */
record ChoiceType<E>(Class<E> choices) implements ValueType<E> {
  @Override
  public E parse(String text) {
    return Arrays.stream(choices.getEnumConstants())
        .filter(choice -> name(choice).equals(text))
        .findFirst()
        .orElseThrow(IllegalArgumentException::new);
  }

  private String name(E choice) {
    return ((Enum<?>) choice).name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String allowed() {
    return "one of " + range();
  }

  @Override
  public String range() {
    return Arrays.stream(choices.getEnumConstants())
        .map(this::name)
        .collect(Collectors.joining(", "));
  }
}
