package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A change of tokens that is made in the rotation that is there, so that nothing of the others is
 * made anew. Made before the lock is taken, by who has the account's load: nobody else changes its
 * tokens then.
 */
sealed interface Amendment permits Growth, Replacement, Removal {
  /** Null if it has no place there, or the account is not as the change found it. */
  static @Nullable Amendment of(Rotation rotation, TokenChange change) {
    if (change instanceof TokenChange.Added added) {
      return Growth.of(rotation, added);
    }
    if (change instanceof TokenChange.Updated updated) {
      return Replacement.of(rotation, updated);
    }
    return change instanceof TokenChange.Removed removed ? Removal.of(rotation, removed) : null;
  }

  /**
   * Says what others hold; before it is applied.
   *
   * @param leased of any tokens
   */
  default void adopt(Map<TokenId, RemoteHolds> leased) {}

  /** Under the lock, to be called when advanced. */
  void apply(Rotation rotation, Moment moment);

  /** As in {@link io.tokenbroker.server.model.KnownTokens#tellsLimitsOf}. */
  static boolean tellsLimitsOf(Token token, Slot[] known) {
    return token.settings().limits() != null
        || Arrays.stream(known).anyMatch(slot -> slot.token.settings().limits() == null);
  }
}
