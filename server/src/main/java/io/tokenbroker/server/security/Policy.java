package io.tokenbroker.server.security;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Rules that allow; what none allows is denied. Immutable but for what it remembers. */
final class Policy {
  /** Callers whose grants are kept; those of others are put together for each call. */
  private static final int REMEMBERED = 4096;

  private final List<PolicyRule> rules;
  private final List<BoundsRule> bounds;
  private final ConcurrentHashMap<String, Bounds> boundsByCaller = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Grants> byCaller = new ConcurrentHashMap<>();

  Policy(List<PolicyRule> rules, List<BoundsRule> bounds) {
    this.rules = List.copyOf(rules);
    this.bounds = List.copyOf(bounds);
  }

  int size() {
    return rules.size();
  }

  Grants of(Caller caller) {
    Grants known = byCaller.get(caller.name());
    if (known != null) {
      return known;
    }
    Grants made = new Grants(rules.stream().filter(rule -> rule.isFor(caller)).toList());
    if (byCaller.size() < REMEMBERED) {
      byCaller.put(caller.name(), made);
    }
    return made;
  }

  /** Those of the first that is for the caller, as a whole. */
  Bounds boundsOf(String caller) {
    if (bounds.isEmpty()) {
      return Bounds.NONE;
    }
    Bounds known = boundsByCaller.get(caller);
    if (known != null) {
      return known;
    }
    Bounds found =
        bounds.stream()
            .filter(rule -> rule.isFor(caller))
            .findFirst()
            .map(BoundsRule::bounds)
            .orElse(Bounds.NONE);
    if (boundsByCaller.size() < REMEMBERED) {
      boundsByCaller.put(caller, found);
    }
    return found;
  }

  /** The first rule that allows it, of those for all tokens if any does; for people, not calls. */
  Optional<PolicyRule> reason(Caller caller, Permission permission, Optional<String> account) {
    return rules.stream()
        .filter(rule -> rule.may().contains(permission))
        .filter(rule -> rule.isFor(caller))
        .filter(rule -> account.map(rule::isAbout).orElseGet(rule::isAboutAll))
        .min(Comparator.comparing(PolicyRule::isConfined));
  }

  /** Whether any rule is for the caller. */
  boolean knows(Caller caller) {
    return rules.stream().anyMatch(rule -> rule.isFor(caller));
  }
}
