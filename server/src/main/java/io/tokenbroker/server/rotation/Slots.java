package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.Health;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The slots of an account's tokens.
 *
 * @param inOrder of their ids
 * @param rings one for each weight, the lightest first, with all tokens ready
 * @param renewed those whose token has another secret than before, say a refreshed one: what the
 *     upstream said was of the old one
 */
record Slots(List<Slot> inOrder, List<Ring> rings, List<Slot> renewed) {
  /**
   * @param before the slots whose standings are taken over
   */
  static Slots of(AccountSnapshot snapshot, List<Slot> before) {
    Map<TokenId, Slot> old = new HashMap<>(before.size() * 4 / 3 + 1);
    before.forEach(slot -> old.put(slot.token.id(), slot));
    List<Slot> renewed = new ArrayList<>();
    List<Token> tokens = new ArrayList<>(snapshot.tokens());
    tokens.sort(Comparator.comparing(Token::id));
    TreeMap<Integer, List<Slot>> byWeight = new TreeMap<>();
    tokens.forEach(token -> byWeight.put(token.weight(), new ArrayList<>()));
    List<Integer> weights = List.copyOf(byWeight.keySet());
    List<Slot> inOrder = new ArrayList<>(tokens.size());
    for (Token token : tokens) {
      List<Slot> ring = byWeight.getOrDefault(token.weight(), new ArrayList<>());
      Slot slot =
          new Slot(
              token,
              snapshot.limits(),
              standing(old.get(token.id()), snapshot, token.id()),
              weights.indexOf(token.weight()),
              ring.size());
      Slot same = old.get(token.id());
      if (same != null && !same.token.secret().equals(token.secret())) {
        renewed.add(slot);
      }
      ring.add(slot);
      inOrder.add(slot);
    }
    List<Ring> rings =
        byWeight.entrySet().stream()
            .map(entry -> new Ring(entry.getKey(), entry.getValue().toArray(Slot[]::new)))
            .toList();
    return new Slots(List.copyOf(inOrder), rings, renewed);
  }

  private static Standing standing(@Nullable Slot before, AccountSnapshot snapshot, TokenId token) {
    if (before != null) {
      return before.standing;
    }
    Health health = snapshot.health().getOrDefault(token, Health.GOOD);
    return new Standing(health, snapshot.usage().getOrDefault(token, List.of()));
  }
}
