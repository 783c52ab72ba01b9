package io.tokenbroker.server.torture.embedded;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * All that an account can be by what its only writer was told: one state while every change was
 * acknowledged; the one before and the one after a change whose answer never came. Not thread-safe.
 */
final class Possible {
  private Set<AccountModel> states = Set.of(AccountModel.EMPTY);

  /** The change was acknowledged. */
  void did(UnaryOperator<AccountModel> change) {
    Set<AccountModel> after = new LinkedHashSet<>();
    states.forEach(state -> after.add(change.apply(state)));
    states = after;
  }

  /** The change may have been made. */
  void mayHaveDone(UnaryOperator<AccountModel> change) {
    Set<AccountModel> either = new LinkedHashSet<>(states);
    states.forEach(state -> either.add(change.apply(state)));
    states = either;
  }

  int size() {
    return states.size();
  }

  /** The tokens that are there whatever happened. */
  Set<Integer> certain() {
    Set<Integer> common = null;
    for (AccountModel state : states) {
      if (common == null) {
        common = new TreeSet<>(state.tokens().keySet());
      } else {
        common.retainAll(state.tokens().keySet());
      }
    }
    return common == null ? Set.of() : common;
  }

  /**
   * Compares with what is there, which is the only possible state from now on.
   *
   * @param settings whether its settings could be read, which takes a token
   */
  void check(String account, AccountModel actual, boolean settings, Findings findings) {
    boolean asTold =
        states.stream()
            .anyMatch(
                state ->
                    state.tokens().equals(actual.tokens())
                        && (!settings
                            || (state.limits() == actual.limits()
                                && state.policy() == actual.policy())));
    if (!asTold) {
      long before = findings.violations();
      compareTokens(account, actual.tokens(), findings);
      if (settings) {
        if (states.stream().noneMatch(state -> state.limits() == actual.limits())) {
          findings.lost("token limits", account + " has version " + actual.limits());
        }
        if (states.stream().noneMatch(state -> state.policy() == actual.policy())) {
          findings.lost("lease policies", account + " has version " + actual.policy());
        }
      }
      if (findings.violations() == before) {
        findings.half(account + " has a part of a change: " + actual + ", possible " + states);
      }
    }
    Set<AccountModel> left = new LinkedHashSet<>();
    for (AccountModel state : states) {
      // of those that were there without tokens, any may be meant
      left.add(
          settings ? actual : new AccountModel(actual.tokens(), state.limits(), state.policy()));
    }
    states = left;
  }

  private void compareTokens(String account, Map<Integer, Integer> actual, Findings findings) {
    Set<Integer> numbers = new HashSet<>(actual.keySet());
    states.forEach(state -> numbers.addAll(state.tokens().keySet()));
    for (int number : numbers) {
      Integer version = actual.get(number);
      String token = account + " token " + number;
      if (version == null) {
        if (states.stream().allMatch(state -> state.tokens().containsKey(number))) {
          findings.lost("added tokens", token);
        }
      } else if (states.stream().noneMatch(state -> state.tokens().containsKey(number))) {
        findings.returned("removed tokens", token);
      } else if (states.stream().noneMatch(state -> version.equals(state.tokens().get(number)))) {
        findings.lost("token updates", token + " has version " + version);
      }
    }
  }
}
