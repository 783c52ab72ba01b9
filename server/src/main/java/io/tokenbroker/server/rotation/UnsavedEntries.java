package io.tokenbroker.server.rotation;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Those entries of a stripe of whose tokens the store has to be told more than their account's
 * position; each is here once, in no order. Guarded by the stripe.
 */
final class UnsavedEntries {
  private final Set<Entry> entries = new HashSet<>();

  /** To be called whenever something was done with it. */
  void note(Entry entry) {
    // most never have any: they are to be told apart without a look into the set
    if (entry.listed) {
      if (!entry.hasUnsavedStates()) {
        remove(entry);
      }
    } else if (entry.hasUnsavedStates()) {
      entry.listed = true;
      entries.add(entry);
    }
  }

  void remove(Entry entry) {
    if (entry.listed) {
      entry.listed = false;
      entries.remove(entry);
    }
  }

  /** As they are now. */
  List<Entry> all() {
    return List.copyOf(entries);
  }
}
