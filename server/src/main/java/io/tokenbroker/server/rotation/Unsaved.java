package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Limiter;
import io.tokenbroker.server.limit.Limiter.InUse;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Usage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which of an account's tokens have changed in a way that the store has to know. Lasts over
 * refreshes. Guarded by the stripe of its account.
 */
final class Unsaved {
  private final Set<TokenId> healths = new HashSet<>();
  private final Set<TokenId> usages = new HashSet<>();

  boolean isEmpty() {
    return healths.isEmpty() && usages.isEmpty();
  }

  void health(Slot slot) {
    healths.add(slot.token.id());
  }

  void usage(Slot slot) {
    TokenState state = slot.state();
    state.usageVersion++;
    if (!state.usageUnsaved) {
      state.usageUnsaved = true;
      usages.add(slot.token.id());
    }
  }

  /** Also what would not be saved otherwise, as it lasts no longer than a restart takes. */
  void all(Rotation rotation) {
    for (Slot slot : rotation.slots) {
      TokenState known = slot.known();
      if (known != null) {
        if (known.limiter != null) {
          usage(slot);
        }
        if (known.passing) {
          health(slot);
        }
      }
    }
  }

  Map<TokenId, Health> healths(Rotation rotation) {
    Map<TokenId, Health> result = new HashMap<>();
    healths.removeIf(id -> rotation.find(id) == null);
    for (TokenId id : healths) {
      Slot slot = rotation.find(id);
      if (slot != null) {
        result.put(id, slot.health());
      }
    }
    return result;
  }

  void healthSaved(Rotation rotation, TokenId id, Health saved) {
    Slot slot = rotation.find(id);
    if (slot == null || slot.health().equals(saved)) {
      healths.remove(id);
    }
    if (slot != null && slot.known() != null) {
      slot.state().passing = false;
    }
  }

  /** A health that the store is not told of, as it is over soon. */
  void healthPasses(Rotation rotation, TokenId id, Health passing) {
    healthSaved(rotation, id, passing);
    Slot slot = rotation.find(id);
    if (slot != null) {
      slot.state().passing = true;
    }
  }

  /**
   * What was used since it was saved last; nothing means that what was saved is void.
   *
   * @param last whether nothing will be used any more: then also what is short, and the turns in
   *     use
   */
  Map<TokenId, List<Usage>> usages(Rotation rotation, boolean last, Moment moment) {
    boolean alone = rotation.right.savesFirst();
    InUse inUse = alone ? InUse.ALL : last ? InUse.MORE : InUse.NONE;
    Map<TokenId, List<Usage>> result = new HashMap<>();
    usages.removeIf(id -> rotation.find(id) == null);
    Set<TokenId> asked = new HashSet<>(usages);
    if (last) {
      for (Slot slot : rotation.slots) {
        if (isShort(slot.limiter())) {
          asked.add(slot.token.id());
        }
      }
    }
    for (TokenId id : asked) {
      Slot slot = rotation.find(id);
      if (slot != null) {
        TokenState state = slot.state();
        boolean empty = state.limiter == null || state.usageVoid;
        List<Usage> usage =
            state.limiter == null || empty
                ? List.of()
                : state.limiter.export(last || alone, inUse, moment);
        if (empty || !usage.isEmpty()) {
          state.exported = usage;
          state.exportedVersion = state.usageVersion;
          result.put(id, usage);
        } else {
          state.usageUnsaved = false;
          usages.remove(id);
        }
      }
    }
    return result;
  }

  private static boolean isShort(@Nullable Limiter limiter) {
    return limiter != null && limiter.isShort();
  }

  /** What was saved of a token is to be forgotten. */
  void usageVoid(Slot slot) {
    TokenState state = slot.state();
    state.usageVoid = true;
    state.exported = null;
    usage(slot);
  }

  void usageSaved(Rotation rotation, TokenId id, List<Usage> saved) {
    Slot slot = rotation.find(id);
    if (slot == null) {
      usages.remove(id);
      return;
    }
    TokenState state = slot.state();
    if (!saved.equals(state.exported)) {
      return;
    }
    state.exported = null;
    boolean more = state.exportedVersion != state.usageVersion;
    if (saved.isEmpty()) {
      state.usageVoid = false;
      more |= state.limiter != null;
    } else if (state.limiter != null) {
      state.limiter.saved();
    }
    if (!more) {
      state.usageUnsaved = false;
      usages.remove(id);
    }
  }
}
