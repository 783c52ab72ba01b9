package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.TokenId;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

  private Slot[] slots;

  /** The ready ones of up to 64 slots, or of more. */
  private long few;

  private @Nullable BitSet many;

  private int readyCount;

  /** Of the ids of the ready tokens; differs, as good as surely, where the tokens do. */
  private long readyHash;

  /** Where the search for the next turn begins. */
  private int cursor;

  /** Behind which the search begins if that token is not in the ring; null if it is. */
  private @Nullable TokenId gone;

  /**
   * @param slots of this weight, in the order of their ids; all of them begin ready
   */
  Ring(int weight, Slot[] slots) {
    this.weight = weight;
    this.slots = slots;
    for (Slot slot : slots) {
      readyHash += hash(slot);
    }
    readyCount = slots.length;
    if (slots.length <= Long.SIZE) {
      few = slots.length == 0 ? 0 : -1L >>> (Long.SIZE - slots.length);
      many = null;
    } else {
      many = new BitSet(slots.length);
      many.set(0, slots.length);
    }
  }

  /** With the same tokens ready, at its start. */
  Ring(Ring like) {
    weight = like.weight;
    slots = like.slots;
    few = like.few;
    many = like.many == null ? null : (BitSet) like.many.clone();
    readyCount = like.readyCount;
    readyHash = like.readyHash;
  }

  /** How many places it has: those of tokens that were removed are empty. */
  int places() {
    return slots.length;
  }

  /** Whether these are its slots, and all that there are. */
  boolean hasOnly(Slot[] all) {
    return slots == all;
  }

  /** Whether all that it has, or had, sort before a token. */
  boolean isBefore(TokenId id) {
    return slots.length == 0 || slots[slots.length - 1].token.id().compareTo(id) < 0;
  }

  /** Its slots with more behind them. */
  Slot[] with(List<Slot> more) {
    return Growth.with(slots, more);
  }

  /** From now on it has these: its own, and more behind them, which are not ready yet. */
  void grow(Slot[] grown) {
    slots = grown;
    if (many == null && grown.length > Long.SIZE) {
      many = BitSet.valueOf(new long[] {few});
    }
  }

  /** With those that were not removed. */
  void forEach(Consumer<Slot> action) {
    for (Slot slot : slots) {
      if (!slot.isRemoved()) {
        action.accept(slot);
      }
    }
  }

  /** The next ready token; there must be one. */
  Slot next() {
    int index = firstReady();
    cursor = index + 1;
    // no reference is written but once: that would cost the garbage collector something each time
    if (gone != null) {
      gone = null;
    }
    return slots[index];
  }

  /** From the cursor on. */
  private int firstReady() {
    if (many == null) {
      // a shift by 64 is none
      long ahead = cursor == Long.SIZE ? 0 : few >>> cursor << cursor;
      return Long.numberOfTrailingZeros(ahead == 0 ? few : ahead);
    }
    int index = many.nextSetBit(cursor);
    return index < 0 ? many.nextSetBit(0) : index;
  }

  /** Whether {@link #next} took it last. */
  boolean isLast(Slot slot) {
    return gone == null && cursor == slot.index + 1;
  }

  /** Undoes the last {@link #next}, which took this one. */
  void undo(Slot slot) {
    cursor = slot.index;
    gone = null;
  }

  /** Tells whether that is a change. */
  boolean set(Slot slot, boolean isReady) {
    if (many == null) {
      long changed = isReady ? few | 1L << slot.index : few & ~(1L << slot.index);
      if (changed == few) {
        return false;
      }
      few = changed;
    } else if (many.get(slot.index) == isReady) {
      return false;
    } else {
      many.set(slot.index, isReady);
    }
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
    cursor = Slots.behind(slots, token);
    gone = last(cursor).equals(token) ? null : token;
  }

  /** The token that the search begins behind. */
  TokenId last() {
    return gone == null ? last(cursor) : gone;
  }

  private TokenId last(int behind) {
    return behind == 0 ? FIRST : slots[behind - 1].token.id();
  }
}
