package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Usage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is to be saved, cut into pieces that a transaction should have. Not thread-safe. */
final class Batches {
  private final int size;
  private final List<Portion> all = new ArrayList<>();
  private int room;

  /**
   * @param size entries in a portion at most, from 1
   */
  Batches(int size) {
    this.size = size;
  }

  record Portion(
      Map<AccountId, Map<TokenId, Health>> health,
      Map<AccountId, Map<TokenId, List<Usage>>> usage) {
    Set<AccountId> accounts() {
      Set<AccountId> accounts = new HashSet<>(health.keySet());
      accounts.addAll(usage.keySet());
      return accounts;
    }
  }

  List<Portion> all() {
    return all;
  }

  void add(AccountId account, TokenId token, Health health) {
    put(current().health(), account, token, health);
  }

  void add(AccountId account, TokenId token, List<Usage> usage) {
    put(current().usage(), account, token, usage);
  }

  private static <V> void put(
      Map<AccountId, Map<TokenId, V>> map, AccountId account, TokenId token, V value) {
    map.computeIfAbsent(account, any -> new HashMap<>()).put(token, value);
  }

  private Portion current() {
    if (room == 0) {
      all.add(new Portion(new HashMap<>(), new HashMap<>()));
      room = size;
    }
    room--;
    return all.get(all.size() - 1);
  }
}
