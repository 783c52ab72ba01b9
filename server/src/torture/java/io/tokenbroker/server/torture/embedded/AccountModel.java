package io.tokenbroker.server.torture.embedded;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an account has. Of each token only its number and version are kept: all else of it follows
 * from the version ({@link Versions}). Immutable.
 *
 * @param tokens version by number
 * @param limits version of the token limits, 0 for none
 * @param policy version of the lease policy, 0 for none
 */
record AccountModel(Map<Integer, Integer> tokens, int limits, int policy) {
  static final AccountModel EMPTY = new AccountModel(Map.of(), 0, 0);

  AccountModel with(Map<Integer, Integer> changed) {
    Map<Integer, Integer> all = new TreeMap<>(tokens);
    all.putAll(changed);
    return new AccountModel(all, limits, policy);
  }

  AccountModel without(Collection<Integer> removed) {
    Map<Integer, Integer> left = new TreeMap<>(tokens);
    left.keySet().removeAll(removed);
    return new AccountModel(left, limits, policy);
  }

  AccountModel withLimits(int version) {
    return new AccountModel(tokens, version, policy);
  }

  AccountModel withPolicy(int version) {
    return new AccountModel(tokens, limits, version);
  }
}
