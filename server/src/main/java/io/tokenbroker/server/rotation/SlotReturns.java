package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.Scope;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When the benches of a slot end by themselves. Guarded by the stripe of its account. */
final class SlotReturns {
  /** For all scopes. */
  final BenchTimer wide;

  final Map<Scope, BenchTimer> scoped = new HashMap<>();

  /** When its first lease ends. */
  @Nullable BenchTimer lease;

  SlotReturns(Slot slot) {
    wide = new BenchTimer(slot);
  }
}
