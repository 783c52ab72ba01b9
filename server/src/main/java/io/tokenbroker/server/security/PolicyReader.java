package io.tokenbroker.server.security;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;

/**
 * Makes rules of the events of a YAML parser, and notes all that is wrong with them. Working on
 * events, it follows no aliases, and its depth does not depend on the file.
 */
final class PolicyReader {
  /** Of what is passed over. */
  private static final int MAX_DEPTH = 20;

  private static final int MAX_RULES = 10_000;
  private static final int MAX_PROBLEMS = 20;

  private static final Set<String> PARTS = Set.of("callers", "accounts", "may", "labels");

  /** What labels can be for: what hands out tokens. */
  private static final Set<Permission> CONFINED =
      EnumSet.of(Permission.NEXT, Permission.STREAM, Permission.LEASE);

  private static final List<String> BOUNDS =
      List.of("turns_per_second", "streams", "waiters", "leases", "connections");

  private final String file;
  private final Iterator<Event> events;
  private final List<PolicyRule> rules = new ArrayList<>();
  private final List<BoundsRule> bounds = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  PolicyReader(String file, Iterator<Event> events) {
    this.file = file;
    this.events = events;
  }

  /**
   * @throws PolicyException with all that is wrong, up to 20 problems
   */
  Policy read() throws PolicyException {
    int documents = 0;
    while (events.hasNext()) {
      if (events.next() instanceof DocumentStartEvent start) {
        documents++;
        if (documents > 1) {
          problem(start, "a second YAML document is not allowed");
          break;
        }
        root(events.next());
      }
    }
    if (rules.isEmpty() && problems.isEmpty()) {
      problems.add(file + " has no rules; without any, nobody may do anything");
    }
    if (!problems.isEmpty()) {
      throw new PolicyException(problems);
    }
    return new Policy(rules, bounds);
  }

  private void root(Event event) throws PolicyException {
    if (!(event instanceof MappingStartEvent)) {
      if (!isNull(event)) {
        problem(event, "the file must be a mapping with the key rules");
      }
      skip(event);
      return;
    }
    Set<String> seen = new HashSet<>();
    for (Event key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      Event value = key(key);
      String name = key instanceof ScalarEvent scalar ? scalar.getValue() : "";
      if (!name.equals("rules") && !name.equals("bounds")) {
        problem(key, shown(key) + " is unknown; the keys are rules and bounds");
        skip(value);
      } else if (!seen.add(name)) {
        problem(key, name + " stands there twice");
        skip(value);
      } else {
        rules(name, value);
      }
    }
  }

  private void rules(String name, Event event) throws PolicyException {
    boolean bounding = name.equals("bounds");
    if (!(event instanceof SequenceStartEvent)) {
      if (!isNull(event)) {
        problem(event, name + " must be a list");
      }
      skip(event);
      return;
    }
    for (Event rule = events.next(); !(rule instanceof SequenceEndEvent); rule = events.next()) {
      if ((bounding ? bounds.size() : rules.size()) == MAX_RULES) {
        problem(rule, "there may be at most " + MAX_RULES + " " + name);
        throw new PolicyException(problems);
      }
      if (!(rule instanceof MappingStartEvent)) {
        problem(
            rule,
            bounding
                ? "bounds must be mappings with callers and what they may have"
                : "a rule must be a mapping with callers, accounts and may");
        skip(rule);
      } else if (bounding) {
        bounds(rule);
      } else {
        rule(rule);
      }
    }
  }

  private void rule(Event start) throws PolicyException {
    List<NamePattern> callers = new ArrayList<>();
    List<NamePattern> accounts = new ArrayList<>();
    List<NamePattern> labels = new ArrayList<>();
    Set<Permission> may = EnumSet.noneOf(Permission.class);
    Set<String> seen = new HashSet<>();
    int before = problems.size();
    for (Event key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      Event value = key(key);
      String name = key instanceof ScalarEvent scalar ? scalar.getValue() : "";
      if (!PARTS.contains(name)) {
        problem(key, shown(key) + " is unknown; a rule has callers, accounts, may and labels");
        skip(value);
      } else if (!seen.add(name)) {
        problem(key, name + " stands there twice");
        skip(value);
      } else if (!(value instanceof SequenceStartEvent)) {
        problem(value, name + " must be a list, such as [\"" + example(name) + "\"]");
        skip(value);
      } else {
        List<NamePattern> patterns =
            name.equals("callers") ? callers : name.equals("accounts") ? accounts : labels;
        list(name, value, patterns, may);
      }
    }
    if (seen.contains("labels") && !CONFINED.containsAll(may)) {
      problem(start, "labels are for rules that give next, stream and lease, and nothing else");
    }
    for (String part : List.of("callers", "accounts", "may")) {
      if (!seen.contains(part)) {
        problem(start, "the rule has no " + part);
      }
    }
    if (problems.size() == before) {
      rules.add(new PolicyRule(line(start), callers, accounts, may, labels));
    }
  }

  private void bounds(Event start) throws PolicyException {
    List<NamePattern> callers = new ArrayList<>();
    Map<String, Integer> numbers = new HashMap<>();
    Set<String> seen = new HashSet<>();
    int before = problems.size();
    for (Event key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      Event value = key(key);
      String name = key instanceof ScalarEvent scalar ? scalar.getValue() : "";
      if (!name.equals("callers") && !BOUNDS.contains(name)) {
        problem(
            key, shown(key) + " is unknown; there are callers and " + String.join(", ", BOUNDS));
        skip(value);
      } else if (!seen.add(name)) {
        problem(key, name + " stands there twice");
        skip(value);
      } else if (!name.equals("callers")) {
        number(name, value, numbers);
      } else if (value instanceof SequenceStartEvent) {
        list(name, value, callers, Set.of());
      } else {
        problem(value, name + " must be a list, such as [\"" + example(name) + "\"]");
        skip(value);
      }
    }
    if (!seen.contains("callers")) {
      problem(start, "the bounds have no callers");
    }
    if (problems.size() == before) {
      bounds.add(
          new BoundsRule(
              callers,
              new Bounds(
                  numbers.getOrDefault("turns_per_second", 0),
                  numbers.getOrDefault("streams", 0),
                  numbers.getOrDefault("waiters", 0),
                  numbers.getOrDefault("leases", 0),
                  numbers.getOrDefault("connections", 0))));
    }
  }

  private void number(String name, Event value, Map<String, Integer> numbers)
      throws PolicyException {
    // up to seven digits
    int number =
        value instanceof ScalarEvent scalar && scalar.getValue().matches("[1-9][0-9]{0,6}")
            ? Integer.parseInt(scalar.getValue())
            : 0;
    if (number == 0 || number > Bounds.MAX) {
      problem(value, name + " must be a number from 1 to " + Bounds.MAX);
    }
    numbers.put(name, number);
    skip(value);
  }

  private void list(String part, Event start, List<NamePattern> patterns, Set<Permission> may)
      throws PolicyException {
    boolean empty = true;
    for (Event item = events.next(); !(item instanceof SequenceEndEvent); item = events.next()) {
      empty = false;
      if (!(item instanceof ScalarEvent scalar) || scalar.getTag().isPresent() || isNull(item)) {
        problem(item, part + " must be a list of texts");
        skip(item);
      } else if (part.equals("may")) {
        permission(scalar, may);
      } else {
        pattern(part, scalar, patterns);
      }
    }
    if (empty) {
      problem(start, part + " is empty; leave out a rule that is for nobody or nothing");
    }
  }

  private void permission(ScalarEvent scalar, Set<Permission> may) {
    Permission.of(scalar.getValue())
        .ifPresentOrElse(
            may::add,
            () ->
                problem(
                    scalar,
                    shown(scalar)
                        + " is no permission; there are "
                        + Stream.of(Permission.values())
                            .map(Permission::text)
                            .collect(Collectors.joining(", "))));
  }

  private void pattern(String part, ScalarEvent scalar, List<NamePattern> patterns) {
    String text = scalar.getValue();
    if (text.isBlank()
        || text.length() > NamePattern.MAX_LENGTH
        || text.chars().anyMatch(Character::isISOControl)
        || !text.equals(text.strip())) {
      problem(
          scalar,
          part
              + " has a name that is empty, longer than "
              + NamePattern.MAX_LENGTH
              + " characters, or has white space around it or control characters in it");
    } else if (text.contains("***")) {
      problem(scalar, shown(scalar) + " has too many stars in a row; two stand for anything");
    } else {
      patterns.add(new NamePattern(text));
    }
  }

  private static String example(String part) {
    return switch (part) {
      case "callers" -> "key:nightly";
      case "accounts" -> "github-*";
      case "labels" -> "ci-*";
      default -> Permission.NEXT.text();
    };
  }

  /** The value of a key, after a key that may be anything. */
  private Event key(Event key) throws PolicyException {
    skip(key);
    return events.next();
  }

  private static boolean isNull(Event event) {
    return event instanceof ScalarEvent scalar
        && scalar.isPlain()
        && Set.of("", "~", "null").contains(scalar.getValue());
  }

  private void skip(Event start) throws PolicyException {
    int depth = start instanceof CollectionStartEvent ? 1 : 0;
    while (depth > 0) {
      Event event = events.next();
      depth += event instanceof CollectionStartEvent ? 1 : 0;
      depth -= event instanceof CollectionEndEvent ? 1 : 0;
      if (depth > MAX_DEPTH) {
        problem(event, "lists or mappings are nested too deeply");
        throw new PolicyException(problems);
      }
    }
  }

  /** Nothing that breaks, reorders or hides what stands on a line. */
  static String oneLine(String text) {
    return text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
  }

  private static String shown(Event event) {
    if (!(event instanceof ScalarEvent scalar)) {
      return "this";
    }
    String text = oneLine(scalar.getValue());
    return "\"" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "\"";
  }

  private void problem(Event event, String what) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(file + ":" + line(event) + ": " + what);
    }
  }

  private static int line(Event event) {
    return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }
}
