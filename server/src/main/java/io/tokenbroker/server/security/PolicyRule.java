package io.tokenbroker.server.security;

import java.util.List;
import java.util.Set;

/**
 * One rule of a policy.
 *
 * @param line where it begins in its file, from 1
 */
record PolicyRule(
    int line, List<NamePattern> callers, List<NamePattern> accounts, Set<Permission> may) {
  PolicyRule {
    callers = List.copyOf(callers);
    accounts = List.copyOf(accounts);
    may = Set.copyOf(may);
  }

  boolean isFor(Caller caller) {
    return callers.stream().anyMatch(pattern -> pattern.matches(caller.name()));
  }

  boolean isAbout(String account) {
    return accounts.stream().anyMatch(pattern -> pattern.matches(account));
  }

  boolean isAboutAll() {
    return accounts.stream().anyMatch(NamePattern::isEverything);
  }

  int mask() {
    return may.stream().mapToInt(Permission::bit).sum();
  }
}
