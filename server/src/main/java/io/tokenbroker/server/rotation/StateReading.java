package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the state of an account in portions, so that many tokens do not hold up its stripe. What
 * changes between two portions may be seen by one of them only, but is told as a change afterwards.
 */
final class StateReading {
  private static final int PORTION = 64;

  private final int maxTokens;
  private final List<TokenStatus> tokens = new ArrayList<>();
  private @Nullable AccountState head;
  private boolean more;

  StateReading(int maxTokens) {
    this.maxTokens = maxTokens;
  }

  /** Forgets whether there is more, until a portion says so: the account may have gone. */
  void begin() {
    more = false;
    head = null;
  }

  /** Reads the next portion. Under the lock. */
  void portion(Rotation rotation, Moment moment) {
    int begin =
        tokens.isEmpty()
            ? 0
            : Slots.behind(rotation.slots, tokens.get(tokens.size() - 1).token().id());
    int room = Math.min(PORTION, maxTokens - tokens.size());
    int end = Math.min(rotation.slots.length, begin + room);
    for (int i = begin; i < end; i++) {
      tokens.add(rotation.state(rotation.slots[i], moment));
    }
    head = rotation.head();
    more = end < rotation.slots.length && tokens.size() < maxTokens;
  }

  boolean hasMore() {
    return more;
  }

  /** Empty if the account is not loaded. */
  Optional<AccountState> state() {
    return Optional.ofNullable(head)
        .map(
            h ->
                new AccountState(
                    h.account(),
                    h.turn(),
                    h.tokenCount(),
                    h.readyCount(),
                    tokens,
                    h.waiterCount()));
  }
}
