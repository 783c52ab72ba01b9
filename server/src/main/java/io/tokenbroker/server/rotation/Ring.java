package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.Position.Mark;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import java.util.BitSet;
import java.util.List;

/**
 * The tokens of one weight of an account, in the order of their ids, and a cursor that walks for
 * ever over those that are ready. Guarded by the stripe of its account.
 */
final class Ring {
  /** No id sorts before it: a ring behind it is at its start. */
  private static final TokenId FIRST = new TokenId("0");

  final int weight;

  /** How far the ring is behind its ideal share of the turns, in {@link Interleaver#total}ths. */
  long lag;

  private final Slot[] slots;
  private final BitSet ready;
  private int readyCount;

  /** Of the ids of the ready tokens; differs, as good as surely, where the tokens do. */
  private long readyHash;

  /** Where the search for the next turn begins. */
  private int cursor;

  private TokenId last = FIRST;

  /**
   * @param tokens of this weight, in the order of their ids; all of them begin ready
   */
  Ring(int weight, List<Token> tokens) {
    this.weight = weight;
    slots = new Slot[tokens.size()];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot(tokens.get(i), this, i);
      readyHash += hash(slots[i]);
    }
    ready = new BitSet(slots.length);
    ready.set(0, slots.length);
    readyCount = slots.length;
  }

  /** The next ready token; there must be one. */
  Token next() {
    int index = ready.nextSetBit(cursor);
    if (index < 0) {
      index = ready.nextSetBit(0);
    }
    cursor = index + 1;
    Token token = slots[index].token;
    last = token.id();
    return token;
  }

  void leave(Slot slot) {
    ready.clear(slot.index);
    readyCount--;
    readyHash -= hash(slot);
  }

  private static long hash(Slot slot) {
    return slot.token.id().hashCode() * 0x9E3779B97F4A7C15L;
  }

  /** Whether the two rings hand out the same tokens now. */
  boolean sameReady(Ring other) {
    return weight == other.weight && readyCount == other.readyCount && readyHash == other.readyHash;
  }

  /** Of each {@link Interleaver#total} turns, how many are this ring's. */
  long share() {
    return (long) weight * readyCount;
  }

  Slot[] slots() {
    return slots;
  }

  /** Goes on behind a token, which need not be there any more. */
  void resumeBehind(TokenId token) {
    last = token;
    int low = 0;
    int high = slots.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (slots[middle].token.id().compareTo(token) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    cursor = low;
  }

  /** Where the ring stands, for {@link #resumeBehind} and {@link Interleaver#resume}. */
  Mark mark(long total) {
    return new Mark(weight, last, total == 0 ? 0 : (double) lag / total);
  }
}
