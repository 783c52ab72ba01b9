package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.BenchReason;
import io.tokenbroker.server.token.Token;
import org.jspecify.annotations.Nullable;

/** A token's place in its ring. Guarded by the stripe of its account. */
final class Slot {
  final Token token;
  final Ring ring;
  final int index;

  /** Why the token is on the bench; null while it is in the ring. */
  @Nullable BenchReason benched;

  Slot(Token token, Ring ring, int index) {
    this.token = token;
    this.ring = ring;
    this.index = index;
  }
}
