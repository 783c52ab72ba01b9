package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Usage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The slots of an account's tokens.
 *
 * @param inOrder of their ids
 * @param rings one for each weight, the lightest first, with all tokens ready
 * @param before of each slot that of the same token before a refresh; null where there was none
 * @param renewed those whose token has another secret than before, say a refreshed one: what the
 *     upstream said was of the old one
 */
record Slots(
    List<Slot> inOrder, List<Ring> rings, List<@Nullable Slot> before, List<Slot> renewed) {
  static Slots of(AccountSnapshot snapshot, List<Slot> before) {
    int old = 0;
    List<Token> tokens = new ArrayList<>(snapshot.tokens());
    tokens.sort(Comparator.comparing(Token::id));
    TreeMap<Integer, List<Slot>> byWeight = new TreeMap<>();
    tokens.forEach(token -> byWeight.put(token.weight(), new ArrayList<>()));
    List<Integer> weights = List.copyOf(byWeight.keySet());
    List<Slot> renewed = new ArrayList<>(0);
    Slot[] inOrder = new Slot[tokens.size()];
    List<@Nullable Slot> same = new ArrayList<>(before.isEmpty() ? 0 : tokens.size());
    for (int i = 0; i < inOrder.length; i++) {
      Token token = tokens.get(i);
      List<Slot> ring = byWeight.getOrDefault(token.weight(), new ArrayList<>());
      Slot slot =
          new Slot(
              token,
              snapshot.limits(),
              standing(snapshot, token.id()),
              weights.indexOf(token.weight()),
              ring.size());
      // both are in the order of their ids
      while (old < before.size() && before.get(old).token.id().compareTo(token.id()) < 0) {
        old++;
      }
      Slot present = at(before, old, token.id());
      if (!before.isEmpty()) {
        same.add(present);
      }
      if (present != null && isOther(present.token.secret(), token.secret())) {
        renewed.add(slot);
      }
      ring.add(slot);
      inOrder[i] = slot;
    }
    List<Ring> rings = new ArrayList<>(byWeight.size());
    byWeight.forEach(
        (weight, slots) ->
            rings.add(
                // most accounts have one weight, and one array for both
                new Ring(weight, byWeight.size() == 1 ? inOrder : slots.toArray(Slot[]::new))));
    return new Slots(Arrays.asList(inOrder), rings, same, renewed);
  }

  /** One that can't be read, because a key is missing, says nothing of whether it is another. */
  private static boolean isOther(Secret before, Secret now) {
    return before.isReadable() && now.isReadable() && !before.equals(now);
  }

  private static @Nullable TokenState standing(AccountSnapshot snapshot, TokenId token) {
    Health health = snapshot.health().getOrDefault(token, Health.GOOD);
    List<Usage> usage = snapshot.usage().getOrDefault(token, List.of());
    return health.equals(Health.GOOD) && usage.isEmpty() ? null : new TokenState(health, usage);
  }

  /** Goes on from the slots before a refresh. Under the stripe. */
  void takeOver() {
    for (int i = 0; i < before.size(); i++) {
      Slot old = before.get(i);
      if (old != null) {
        inOrder.get(i).takeOver(old);
      }
    }
  }

  /** The slot of a token among those in the order of their ids; null if there is none. */
  static @Nullable Slot find(List<Slot> slots, TokenId id) {
    return at(slots, behind(slots, id) - 1, id);
  }

  private static @Nullable Slot at(List<Slot> slots, int place, TokenId id) {
    return place >= 0 && place < slots.size() && slots.get(place).token.id().equals(id)
        ? slots.get(place)
        : null;
  }

  /** The index of the first slot behind a token, which need not be there. */
  static int behind(List<Slot> slots, TokenId id) {
    int low = 0;
    int high = slots.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (slots.get(middle).token.id().compareTo(id) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
