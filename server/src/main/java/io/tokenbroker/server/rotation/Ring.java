package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.TokenId;
import java.util.BitSet;

/**
 * The tokens of one weight of an account, in the order of their ids, and a cursor that walks for
 * ever over those that are ready. Guarded by the stripe of its account.
 */
final class Ring {
  /** No id sorts before it: a ring behind it is at its start. */
  private static final TokenId FIRST = new TokenId("0");

  final int weight;

  /** How far the ring is behind its ideal share, in turns times the sum of all shares. */
  long lag;

  /** How many turns it was behind when {@link #lag} began to count. */
  double carried;

  private final Slot[] slots;
  private final BitSet ready;
  private int readyCount;

  /** Of the ids of the ready tokens; differs, as good as surely, where the tokens do. */
  private long readyHash;

  /** Where the search for the next turn begins. */
  private int cursor;

  private TokenId last = FIRST;

  /**
   * @param slots of this weight, in the order of their ids; all of them begin ready
   */
  Ring(int weight, Slot[] slots) {
    this.weight = weight;
    this.slots = slots;
    for (Slot slot : slots) {
      readyHash += hash(slot);
    }
    ready = new BitSet(slots.length);
    ready.set(0, slots.length);
    readyCount = slots.length;
  }

  /** With the same tokens ready, at its start. */
  Ring(Ring like) {
    weight = like.weight;
    slots = like.slots;
    ready = (BitSet) like.ready.clone();
    readyCount = like.readyCount;
    readyHash = like.readyHash;
  }

  /** The next ready token; there must be one. */
  Slot next() {
    int index = ready.nextSetBit(cursor);
    if (index < 0) {
      index = ready.nextSetBit(0);
    }
    cursor = index + 1;
    Slot slot = slots[index];
    last = slot.token.id();
    return slot;
  }

  /** Whether {@link #next} took it last. */
  boolean isLast(Slot slot) {
    return last.equals(slot.token.id());
  }

  /** Undoes the last {@link #next}, which took this one. */
  void undo(Slot slot) {
    cursor = slot.index;
    last = slot.index == 0 ? FIRST : slots[slot.index - 1].token.id();
  }

  /** Tells whether that is a change. */
  boolean set(Slot slot, boolean isReady) {
    if (ready.get(slot.index) == isReady) {
      return false;
    }
    ready.set(slot.index, isReady);
    readyCount += isReady ? 1 : -1;
    readyHash += isReady ? hash(slot) : -hash(slot);
    return true;
  }

  /** Mixed well: sums of plain hashes of numbers that follow each other are often the same. */
  private static long hash(Slot slot) {
    long hash = slot.token.id().hashCode() * 0x9E3779B97F4A7C15L;
    hash = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    return hash ^ (hash >>> 32);
  }

  /** Whether the two rings hand out the same tokens now. */
  boolean sameReady(Ring other) {
    return weight == other.weight && readyCount == other.readyCount && readyHash == other.readyHash;
  }

  long readyHash() {
    return readyHash;
  }

  int readyCount() {
    return readyCount;
  }

  /** Of as many turns as all shares together, how many are this ring's. */
  long share() {
    return (long) weight * readyCount;
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

  TokenId last() {
    return last;
  }
}
