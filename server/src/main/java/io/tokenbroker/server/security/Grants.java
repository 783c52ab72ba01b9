package io.tokenbroker.server.security;

import io.tokenbroker.server.model.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one caller may, put together from the rules that are for it: asking takes a look at a map,
 * and at the patterns if that does not decide. Sets of permissions are bits. Immutable.
 */
final class Grants {
  private final int everywhere;
  private final int anywhere;
  private final Map<String, Integer> named = new HashMap<>();
  private final NamePattern[] patterns;
  private final int[] masks;

  /** About some tokens only; looked through if nothing else allows. */
  private final List<PolicyRule> confined;

  Grants(List<PolicyRule> rules) {
    int all = 0;
    int any = 0;
    List<NamePattern> wild = new ArrayList<>();
    List<Integer> bits = new ArrayList<>();
    confined = rules.stream().filter(PolicyRule::isConfined).toList();
    for (PolicyRule rule : rules) {
      int mask = rule.mask();
      any |= mask;
      if (rule.isConfined()) {
        continue;
      }
      for (NamePattern account : rule.accounts()) {
        if (account.isEverything()) {
          all |= mask;
        } else if (account.isLiteral()) {
          named.merge(account.text(), mask, (one, other) -> one | other);
        } else {
          wild.add(account);
          bits.add(mask);
        }
      }
    }
    everywhere = all;
    anywhere = any;
    patterns = wild.toArray(NamePattern[]::new);
    masks = bits.stream().mapToInt(Integer::intValue).toArray();
  }

  boolean everywhere(Permission permission) {
    return (everywhere & permission.bit()) != 0;
  }

  boolean anywhere(Permission permission) {
    return (anywhere & permission.bit()) != 0;
  }

  boolean allows(Permission permission, String account) {
    return labels(permission, account) != null;
  }

  /** Which tokens of an account it is allowed for; null where it is not allowed at all. */
  @Nullable Labels labels(Permission permission, String account) {
    int bit = permission.bit();
    if ((anywhere & bit) == 0) {
      return null;
    }
    if (allowsAllTokens(bit, account)) {
      return Labels.ALL;
    }
    return confined.isEmpty() ? null : some(permission, account);
  }

  private @Nullable Labels some(Permission permission, String account) {
    Set<NamePattern> labels =
        confined.stream()
            .filter(rule -> rule.may().contains(permission) && rule.isAbout(account))
            .flatMap(rule -> rule.labels().stream())
            .collect(Collectors.toSet());
    return labels.isEmpty() ? null : new LabelPatterns(labels);
  }

  private boolean allowsAllTokens(int bit, String account) {
    if ((everywhere & bit) != 0) {
      return true;
    }
    Integer mask = named.get(account);
    if (mask != null && (mask & bit) != 0) {
      return true;
    }
    for (int i = 0; i < patterns.length; i++) {
      if ((masks[i] & bit) != 0 && patterns[i].matches(account)) {
        return true;
      }
    }
    return false;
  }
}
