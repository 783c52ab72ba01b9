package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tokens that join behind all others. */
final class Growth implements Amendment {
  /** In the order of their ids. */
  final Slot[] added;

  /** All of the account's then. */
  final Slot[] slots;

  /** Those of each ring then. */
  final Slot[][] rings;

  /** Those of the added that expire, the earliest first. */
  final List<Slot> expiring;

  /** Of all tokens then. */
  final Set<Secret> secrets;

  /** What they take of the heap, and the secrets if they have not been counted before. */
  final long bytes;

  private Growth(
      Slot[] added,
      Slot[] slots,
      Slot[][] rings,
      List<Slot> expiring,
      Set<Secret> secrets,
      long bytes) {
    this.added = added;
    this.slots = slots;
    this.rings = rings;
    this.expiring = expiring;
    this.secrets = secrets;
    this.bytes = bytes;
  }

  @Override
  public void adopt(Map<TokenId, RemoteHolds> leased) {
    for (Slot slot : added) {
      RemoteHolds holds = leased.get(slot.token.id());
      if (holds != null) {
        slot.state().leasedElsewhere(holds);
      }
    }
  }

  @Override
  public void apply(Rotation rotation, Moment moment) {
    rotation.slots = slots;
    rotation.secrets = secrets;
    rotation.fixedBytes += bytes;
    rotation.lanes.grow(added, rings);
    rotation.bench.expire(expiring);
    rotation.settle(added, moment);
    rotation.bench.join(added);
  }

  static @Nullable Growth of(Rotation rotation, TokenChange.Added change) {
    Slot[] before = rotation.slots;
    List<Token> tokens = new ArrayList<>(change.tokens());
    tokens.sort(Comparator.comparing(Token::id));
    Ring[] rings = rotation.lanes.turns.rings();
    if (!isBehind(tokens, rings)
        || !change.present().stream().allMatch(id -> rotation.find(id) != null)
        || !tokens.stream().allMatch(token -> Amendment.tellsLimitsOf(token, before))) {
      return null;
    }
    Set<Secret> secrets = rotation.secrets == null ? secrets(before) : rotation.secrets;
    // a person may have added a secret once more
    if (tokens.stream().anyMatch(token -> secrets.contains(token.secret()))) {
      return null;
    }
    Slot[] added = new Slot[tokens.size()];
    List<List<Slot>> byRing = new ArrayList<>();
    Arrays.stream(rings).forEach(ring -> byRing.add(new ArrayList<>()));
    for (int i = 0; i < added.length; i++) {
      Token token = tokens.get(i);
      int ring = ringOf(token.weight(), rings);
      if (ring < 0) {
        return null;
      }
      List<Slot> same = byRing.get(ring);
      added[i] = new Slot(token, null, ring, rings[ring].places() + same.size());
      same.add(added[i]);
    }
    List<Slot> expiring = Bench.expiring(added);
    if (!rotation.bench.isBehind(expiring)) {
      return null;
    }
    tokens.forEach(token -> secrets.add(token.secret()));
    long bytes =
        Footprint.of(added, rotation.limits)
            + Footprint.ofSecrets(rotation.secrets == null ? secrets.size() : added.length);
    Slot[] all = with(before, Arrays.asList(added));
    Slot[][] ofRings = new Slot[rings.length][];
    for (int i = 0; i < rings.length; i++) {
      // most accounts have one weight, and one array for both
      ofRings[i] = rings[i].hasOnly(before) ? all : rings[i].with(byRing.get(i));
    }
    return new Growth(added, all, ofRings, expiring, secrets, bytes);
  }

  /** Also behind those that were removed. */
  private static boolean isBehind(List<Token> tokens, Ring[] rings) {
    return tokens.isEmpty()
        || Arrays.stream(rings).allMatch(ring -> ring.isBefore(tokens.get(0).id()));
  }

  private static Set<Secret> secrets(Slot[] slots) {
    Set<Secret> secrets = new HashSet<>(slots.length * 2);
    for (Slot slot : slots) {
      secrets.add(slot.token.secret());
    }
    return secrets;
  }

  private static int ringOf(int weight, Ring[] rings) {
    for (int i = 0; i < rings.length; i++) {
      if (rings[i].weight == weight) {
        return i;
      }
    }
    return -1;
  }

  static Slot[] with(Slot[] before, List<Slot> more) {
    Slot[] all = Arrays.copyOf(before, before.length + more.size());
    for (int i = 0; i < more.size(); i++) {
      all[before.length + i] = more.get(i);
    }
    return all;
  }
}
