package io.tokenbroker.client.cli;

import io.tokenbroker.v1.Outcome;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code rate-limited}, {@code RATE_LIMITED}, {@code OUTCOME_RATE_LIMITED} and the like, in
 * any case; lists the first kind.
 */
final class OutcomeConverter implements ITypeConverter<Outcome>, Iterable<String> {
  private static final String PREFIX = "OUTCOME_";

  @Override
  public Outcome convert(String text) {
    String given = text.toUpperCase(Locale.ROOT).replace('-', '_');
    String name = given.startsWith(PREFIX) ? given : PREFIX + given;
    for (Outcome outcome : outcomes()) {
      if (outcome.name().equals(name)) {
        return outcome;
      }
    }
    throw new TypeConversionException("'" + text + "' is none of " + String.join(", ", names()));
  }

  @Override
  public Iterator<String> iterator() {
    return names().iterator();
  }

  private static List<String> names() {
    return outcomes().stream()
        .map(outcome -> outcome.name().substring(PREFIX.length()))
        .map(name -> name.toLowerCase(Locale.ROOT).replace('_', '-'))
        .toList();
  }

  private static List<Outcome> outcomes() {
    List<Outcome> outcomes = new ArrayList<>(List.of(Outcome.values()));
    outcomes.remove(Outcome.OUTCOME_UNSPECIFIED);
    outcomes.remove(Outcome.UNRECOGNIZED);
    return outcomes;
  }
}
