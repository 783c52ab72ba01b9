package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a stripe by their accounts, and a hand that goes round them. A map of its own, as
 * each turn begins with it: one object for an account, and not another one that leads to it.
 * Guarded by its stripe.
 */
final class Entries {
  private static final int FIRST_BUCKETS = 16;

  /** Each the first of a list; their number is a power of 2. */
  private @Nullable Entry[] buckets = new @Nullable Entry[FIRST_BUCKETS];

  private int size;

  /** The bucket that is next. */
  private int hand;

  @Nullable Entry get(AccountId account) {
    int hash = hash(account);
    Entry entry = buckets[hash & (buckets.length - 1)];
    while (entry != null && !(entry.hash == hash && entry.account.equals(account))) {
      entry = entry.next;
    }
    return entry;
  }

  boolean contains(AccountId account) {
    return get(account) != null;
  }

  /**
   * The entry of an account, made if need be.
   *
   * @param right of a new one
   */
  Entry make(AccountId account, Right right) {
    Entry present = get(account);
    if (present != null) {
      return present;
    }
    if (size >= buckets.length - buckets.length / 4) {
      grow();
    }
    Entry entry = new Entry(account, hash(account), right);
    put(entry);
    size++;
    return entry;
  }

  private void put(Entry entry) {
    int bucket = entry.hash & (buckets.length - 1);
    entry.next = buckets[bucket];
    buckets[bucket] = entry;
  }

  private void grow() {
    List<Entry> all = all();
    buckets = new @Nullable Entry[2 * buckets.length];
    all.forEach(this::put);
  }

  /** Null if there is none. */
  @Nullable Entry remove(AccountId account) {
    Entry entry = get(account);
    if (entry == null) {
      return null;
    }
    int bucket = entry.hash & (buckets.length - 1);
    Entry before = buckets[bucket];
    if (before == entry) {
      buckets[bucket] = entry.next;
    } else {
      while (before != null && before.next != entry) {
        before = before.next;
      }
      if (before != null) {
        before.next = entry.next;
      }
    }
    entry.next = null;
    size--;
    return entry;
  }

  int size() {
    return size;
  }

  List<Entry> all() {
    List<Entry> all = new ArrayList<>(size);
    forEach(all::add);
    return all;
  }

  void forEach(Consumer<Entry> action) {
    for (int i = 0; i < buckets.length; i++) {
      forEach(i, action);
    }
  }

  private void forEach(int bucket, Consumer<Entry> action) {
    for (Entry entry = buckets[bucket]; entry != null; entry = entry.next) {
      action.accept(entry);
    }
  }

  /** At least so many that were not told for longest, or all: each once. */
  List<Entry> next(int count) {
    List<Entry> next = new ArrayList<>(count);
    for (int i = 0; i < buckets.length && next.size() < count; i++) {
      hand = (hand + 1) & (buckets.length - 1);
      forEach(hand, next::add);
    }
    return next;
  }

  /** The lower bits of a text's hash are those of its end alone. */
  private static int hash(AccountId account) {
    int hash = account.hashCode();
    return hash ^ (hash >>> 16);
  }
}
