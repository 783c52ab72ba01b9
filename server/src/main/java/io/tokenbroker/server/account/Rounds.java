package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.rotation.LoadedAccounts;
import java.util.ArrayList;
import java.util.List;

/** Goes round the loaded accounts, some at a time. Not thread-safe. */
final class Rounds {
  private final LoadedAccounts loaded;

  /** What is left of the newest part. */
  private List<AccountId> rest = List.of();

  private int part;
  private int partsLeft;

  Rounds(LoadedAccounts loaded) {
    this.loaded = loaded;
  }

  /** From now on each is told once, and those that were to be next a second time at the most. */
  void begin() {
    partsLeft = loaded.parts();
  }

  /** The next ones; empty when all were told since {@link #begin}. */
  List<AccountId> next(int limit) {
    List<AccountId> next = new ArrayList<>();
    while (next.size() < limit && (!rest.isEmpty() || partsLeft > 0)) {
      if (rest.isEmpty()) {
        rest = loaded.part(part);
        part = (part + 1) % loaded.parts();
        partsLeft--;
      }
      int taken = Math.min(limit - next.size(), rest.size());
      next.addAll(rest.subList(0, taken));
      rest = rest.subList(taken, rest.size());
    }
    return next;
  }
}
