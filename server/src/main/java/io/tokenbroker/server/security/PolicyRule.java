package io.tokenbroker.server.security;

import java.util.List;
import java.util.Set;

/**
 * One rule of a policy.
 *
 * @param line where it begins in its file, from 1
 * @param labels of the tokens that it is about; empty for all
 */
record PolicyRule(
    int line,
    List<NamePattern> callers,
    List<NamePattern> accounts,
    Set<Permission> may,
    List<NamePattern> labels) {
  PolicyRule {
    callers = List.copyOf(callers);
    accounts = List.copyOf(accounts);
    may = Set.copyOf(may);
    labels = List.copyOf(labels);
  }

  boolean isFor(Caller caller) {
    return callers.stream().anyMatch(pattern -> pattern.matches(caller.name()));
  }

  boolean isAbout(String account) {
    return accounts.stream().anyMatch(pattern -> pattern.matches(account));
  }

  /** Whether it is about some tokens of its accounts only. */
  boolean isConfined() {
    return !labels.isEmpty();
  }

  boolean isAboutAll() {
    return !isConfined() && accounts.stream().anyMatch(NamePattern::isEverything);
  }

  int mask() {
    return may.stream().mapToInt(Permission::bit).sum();
  }
}
