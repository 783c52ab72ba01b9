package io.tokenbroker.server.rotation;

import java.util.ArrayList;
import java.util.List;

/**
 * Those entries of a stripe that anything was done with since a round found that the store knows
 * all of them; each is here once, in no order. Guarded by the stripe.
 */
final class ChangedEntries {
  private final List<Entry> entries = new ArrayList<>();

  void add(Entry entry) {
    if (entry.place < 0) {
      entry.place = entries.size();
      entries.add(entry);
    }
  }

  void remove(Entry entry) {
    int place = entry.place;
    if (place >= 0) {
      Entry last = entries.remove(entries.size() - 1);
      if (last != entry) {
        entries.set(place, last);
        last.place = place;
      }
      entry.place = -1;
    }
  }

  int size() {
    return entries.size();
  }

  /** As they are now. */
  List<Entry> all() {
    return List.copyOf(entries);
  }
}
