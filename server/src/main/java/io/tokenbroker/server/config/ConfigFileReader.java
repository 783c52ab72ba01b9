package io.tokenbroker.server.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;

/**
 * Turns the events of a YAML parser into given values. Working on events, it neither builds objects
 * nor follows aliases, and its depth doesn't depend on the file.
 */
final class ConfigFileReader {
  private static final int MAX_DEPTH = 20;

  private final String file;
  private final Iterator<Event> events;
  private final Problems problems;
  private final List<Given> given = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();

  ConfigFileReader(String file, Iterator<Event> events, Problems problems) {
    this.file = file;
    this.events = events;
    this.problems = problems;
  }

  List<Given> read() {
    boolean first = true;
    while (events.hasNext()) {
      if (events.next() instanceof DocumentStartEvent start) {
        if (!first) {
          problems.add("(" + origin(start) + ") a second YAML document is not allowed");
          return given;
        }
        first = false;
        root(events.next());
      }
    }
    return given;
  }

  private void root(Event event) {
    if (event instanceof MappingStartEvent) {
      mapping("");
    } else if (!isNull(event)) {
      problems.add(
          "(" + origin(event) + ") the file must be a mapping, such as listen: 127.0.0.1:50051");
      skip(event);
    }
  }

  private void mapping(String section) {
    for (Event event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
      if (event instanceof ScalarEvent key && !key.getValue().isEmpty()) {
        entry(section.isEmpty() ? key.getValue() : section + "." + key.getValue(), key);
      } else {
        problems.add("(" + origin(event) + ") a key must be plain text");
        skip(event);
        skip(events.next());
      }
    }
  }

  private void entry(String name, Event keyEvent) {
    Event value = events.next();
    String origin = origin(keyEvent);
    Optional<Key<?>> key = Keys.byName(name);
    if (!seen.add(name)) {
      problems.add("duplicate key \"" + Given.shown(name) + "\" (" + origin + "); remove one");
      skip(value);
    } else if (value instanceof AliasEvent) {
      problems.add(Given.shown(name) + " (" + origin + ") is an alias, which is not allowed");
    } else if (Keys.isSection(name)) {
      section(name, origin, value);
    } else if (key.isEmpty()) {
      problems.unknown("key", name, origin, Keys.NAMES);
      skip(value);
    } else {
      value(key.get(), origin, value);
    }
  }

  private void section(String name, String origin, Event value) {
    if (value instanceof MappingStartEvent) {
      mapping(name);
    } else if (!isNull(value)) {
      problems.add(name + " (" + origin + ") must be a mapping of the keys below it");
      skip(value);
    }
  }

  private void value(Key<?> key, String origin, Event value) {
    if (!(value instanceof ScalarEvent scalar)) {
      problems.add(
          key.name()
              + " ("
              + origin
              + ") must be "
              + key.type().allowed()
              + ", not a list or a mapping");
      skip(value);
    } else if (scalar.getTag().isPresent()) {
      problems.add(
          key.name()
              + " ("
              + origin
              + ") has a tag, which is not allowed; put quotes around a value that begins with !");
    } else if (isNull(scalar)) {
      problems.add(
          key.name()
              + " ("
              + origin
              + ") has no value; give one or remove the line. It must be "
              + key.type().allowed());
    } else {
      given.add(new Given(key, scalar.getValue(), origin));
    }
  }

  private static boolean isNull(Event event) {
    return event instanceof ScalarEvent scalar
        && scalar.isPlain()
        && Set.of("", "~", "null").contains(scalar.getValue());
  }

  /** Reads up to the end of a value that is of no use, and gives up on one that has no end. */
  private void skip(Event start) {
    int depth = start instanceof CollectionStartEvent ? 1 : 0;
    while (depth > 0) {
      Event event = events.next();
      depth += event instanceof CollectionStartEvent ? 1 : 0;
      depth -= event instanceof CollectionEndEvent ? 1 : 0;
      if (depth > MAX_DEPTH) {
        problems.add("(" + origin(event) + ") lists or mappings are nested too deeply");
        problems.throwIfAny();
      }
    }
  }

  private String origin(Event event) {
    return file + event.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
  }
}
