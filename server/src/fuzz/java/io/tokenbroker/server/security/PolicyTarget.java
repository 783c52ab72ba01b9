package io.tokenbroker.server.security;

import io.tokenbroker.server.fuzz.FuzzTarget;
import io.tokenbroker.server.fuzz.Lines;
import io.tokenbroker.server.fuzz.Parts;
import io.tokenbroker.server.model.Labels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * A policy, a caller and an account. A policy is refused by name or says what its text says, as
 * another reader and another matcher see it: nothing is allowed that no rule allows.
 */
public final class PolicyTarget implements FuzzTarget {
  private final PolicyFile file = new PolicyFile(Path.of("policy.yaml"));

  @Override
  public void run(byte[] input) {
    Parts parts = Parts.of(input);
    Policy policy;
    try {
      policy = file.parse(parts.at(0));
    } catch (PolicyException e) {
      e.problems().forEach(Lines::check);
      return;
    }
    List<Map<String, List<String>>> rules = rules(parts.at(0));
    if (rules.isEmpty()) {
      return;
    }
    List<String> callers = names(rules, "callers", parts.at(1));
    List<String> accounts = names(rules, "accounts", parts.at(2));
    for (String name : callers) {
      Caller caller = new Caller(Caller.Kind.CERTIFICATE, name);
      for (String account : accounts) {
        for (Permission permission : Permission.values()) {
          decide(policy, rules, caller, permission, account);
          confine(policy, rules, caller, permission, account);
        }
      }
    }
  }

  private static void decide(
      Policy policy,
      List<Map<String, List<String>>> rules,
      Caller caller,
      Permission permission,
      String account) {
    boolean allowed = policy.of(caller).allows(permission, account);
    boolean expected = rules.stream().anyMatch(rule -> isFor(rule, caller, permission, account));
    if (allowed != expected
        || allowed != policy.of(caller).allows(permission, account)
        || allowed != policy.reason(caller, permission, Optional.of(account)).isPresent()
        || (allowed && !policy.of(caller).anywhere(permission))
        || (!allowed && policy.of(caller).everywhere(permission))) {
      throw new AssertionError(
          "%s %s %s is %s, but should be %s"
              .formatted(caller, permission, account, allowed, expected));
    }
  }

  private static boolean isFor(
      Map<String, List<String>> rule, Caller caller, Permission permission, String account) {
    return rule.get("may").contains(permission.text())
        && matchesAny(rule.get("callers"), caller.name())
        && matchesAny(rule.get("accounts"), account);
  }

  /** A token is handed out if a rule says so of its label, or of all. */
  private static void confine(
      Policy policy,
      List<Map<String, List<String>>> rules,
      Caller caller,
      Permission permission,
      String account) {
    Labels some = policy.of(caller).labels(permission, account);
    List<String> labels = new ArrayList<>(List.of("", "c", account));
    for (Map<String, List<String>> rule : rules) {
      rule.getOrDefault("labels", List.of()).stream().limit(2).forEach(labels::add);
    }
    for (String label : labels) {
      boolean expected =
          rules.stream()
              .filter(rule -> isFor(rule, caller, permission, account))
              .anyMatch(rule -> matchesAny(rule.getOrDefault("labels", List.of("*")), label));
      if ((some != null && some.include(label)) != expected) {
        throw new AssertionError(
            "%s %s %s of %s should be %s".formatted(caller, permission, label, account, expected));
      }
    }
  }

  /** Of what was accepted, which has some; none if the other reader can't read it. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, List<String>>> rules(String text) {
    try {
      Object root =
          new Load(
                  LoadSettings.builder()
                      .setSchema(new FailsafeSchema())
                      .setTagConstructors(Map.of(Tag.NULL, nothing -> "")) // of a section
                      .build())
              .loadFromString(text);
      return (List<Map<String, List<String>>>) ((Map<String, Object>) root).get("rules");
    } catch (YamlEngineException e) {
      return List.of(); // a tag of a list, which is passed over
    }
  }

  /** One that was given, and one for each pattern. */
  private static List<String> names(
      List<Map<String, List<String>>> rules, String part, String given) {
    List<String> names = new ArrayList<>(List.of(given));
    rules.stream()
        .limit(4)
        .flatMap(rule -> rule.get(part).stream().limit(2))
        .forEach(pattern -> names.add(pattern.replace("**", "a/b").replace("*", "c")));
    return names;
  }

  private static boolean matchesAny(List<String> patterns, String name) {
    return patterns.stream().anyMatch(pattern -> matches(pattern, name));
  }

  /** By the table of all prefixes. */
  private static boolean matches(String pattern, String name) {
    boolean everything = pattern.equals("*") || pattern.equals("**");
    boolean[] at = new boolean[name.length() + 1];
    at[0] = true;
    for (int i = 0; i < pattern.length() && !everything; i++) {
      boolean[] next = new boolean[at.length];
      boolean star = pattern.charAt(i) == '*';
      boolean two = star && pattern.startsWith("**", i);
      for (int j = 0; j < at.length; j++) {
        if (star) {
          next[j] = at[j] || (j > 0 && next[j - 1] && (two || name.charAt(j - 1) != '/'));
        } else {
          next[j] = j > 0 && at[j - 1] && name.charAt(j - 1) == pattern.charAt(i);
        }
      }
      i += two ? 1 : 0;
      at = next;
    }
    return everything || at[name.length()];
  }
}
