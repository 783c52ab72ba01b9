package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Usage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The slots of an account's tokens. */
final class Slots {
  /** No tokens. */
  static final Slot[] NONE = {};

  /** In the order of their ids. */
  final Slot[] inOrder;

  /** One for each weight, the lightest first, with all tokens ready. */
  final Ring[] rings;

  /** Of each slot that of the same token before a refresh; null where there was none. */
  private final @Nullable Slot[] before;

  /**
   * Those whose token has another secret than before, say a refreshed one: what the upstream said
   * was of the old one.
   */
  final List<Slot> renewed;

  private Slots(Slot[] inOrder, Ring[] rings, @Nullable Slot[] before, List<Slot> renewed) {
    this.inOrder = inOrder;
    this.rings = rings;
    this.before = before;
    this.renewed = renewed;
  }

  static Slots of(AccountSnapshot snapshot, Slot[] before) {
    int old = 0;
    List<Token> tokens = new ArrayList<>(snapshot.tokens());
    tokens.sort(Comparator.comparing(Token::id));
    TreeMap<Integer, List<Slot>> byWeight = new TreeMap<>();
    tokens.forEach(token -> byWeight.computeIfAbsent(token.weight(), any -> new ArrayList<>()));
    if (tokens.isEmpty()) {
      // no account has none, but nobody has to look
      byWeight.put(1, List.of());
    }
    List<Integer> weights = List.copyOf(byWeight.keySet());
    List<Slot> renewed = new ArrayList<>(0);
    Slot[] inOrder = new Slot[tokens.size()];
    @Nullable Slot[] same = new @Nullable Slot[before.length == 0 ? 0 : tokens.size()];
    for (int i = 0; i < inOrder.length; i++) {
      Token token = tokens.get(i);
      List<Slot> ring = byWeight.getOrDefault(token.weight(), new ArrayList<>());
      Slot slot =
          new Slot(
              token, state(snapshot, token.id()), weights.indexOf(token.weight()), ring.size());
      // both are in the order of their ids
      while (old < before.length && before[old].token.id().compareTo(token.id()) < 0) {
        old++;
      }
      Slot present = at(before, old, token.id());
      if (before.length > 0) {
        same[i] = present;
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
    return new Slots(inOrder, rings.toArray(Ring[]::new), same, renewed);
  }

  /** One that can't be read, because a key is missing, says nothing of whether it is another. */
  private static boolean isOther(Secret before, Secret now) {
    return before.isReadable() && now.isReadable() && !before.equals(now);
  }

  private static @Nullable TokenState state(AccountSnapshot snapshot, TokenId token) {
    Health health = snapshot.health().getOrDefault(token, Health.GOOD);
    List<Usage> usage = snapshot.usage().getOrDefault(token, List.of());
    return health.equals(Health.GOOD) && usage.isEmpty() ? null : new TokenState(health, usage);
  }

  /** Goes on from the slots before a refresh. Under the stripe. */
  void takeOver() {
    for (int i = 0; i < before.length; i++) {
      Slot old = before[i];
      if (old != null) {
        inOrder[i].takeOver(old);
      }
    }
  }

  /** The slot of a token among those in the order of their ids; null if there is none. */
  static @Nullable Slot find(Slot[] slots, TokenId id) {
    int place = place(slots, id);
    return place < 0 ? null : slots[place];
  }

  /** Where it is among them; -1 if it is not there. */
  static int place(Slot[] slots, TokenId id) {
    int place = behind(slots, id) - 1;
    return at(slots, place, id) == null ? -1 : place;
  }

  private static @Nullable Slot at(Slot[] slots, int place, TokenId id) {
    return place >= 0 && place < slots.length && slots[place].token.id().equals(id)
        ? slots[place]
        : null;
  }

  /** The index of the first slot behind a token, which need not be there. */
  static int behind(Slot[] slots, TokenId id) {
    int low = 0;
    int high = slots.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (slots[middle].token.id().compareTo(id) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
