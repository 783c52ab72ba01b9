package io.tokenbroker.server.alert;

import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.rotation.Headroom;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What has been seen, and told, of an account. Used by one thread. */
final class KnownAccount {
  private final Lasting low = new Lasting();
  private final Lasting out = new Lasting();
  private AlertType told = AlertType.ACCOUNT_RECOVERED;
  private final Map<TokenId, Instant> expiring = new HashMap<>();

  /**
   * Takes down how it is now.
   *
   * @param settle nanoseconds
   * @return what it is to be told to have become, if that is something else
   */
  Optional<AlertType> see(Headroom headroom, int lowTokens, long nanos, long settle) {
    AlertType before = told;
    int disabled = headroom.benched().getOrDefault(BenchReason.DISABLED, 0);
    boolean isOut = headroom.soon() == 0;
    int least = Math.min(lowTokens, headroom.tokens() - disabled);
    out.see(isOut, nanos, settle);
    low.see(isOut || headroom.soon() < least, nanos, settle);
    told = next();
    return told == before ? Optional.empty() : Optional.of(told);
  }

  private AlertType next() {
    if (out.isTold()) {
      return AlertType.ACCOUNT_OUT;
    }
    if (low.isTold() && told == AlertType.ACCOUNT_OUT && !low.isNow()) {
      // it is well by now, only not for long enough: it was never low for long
      return told;
    }
    return low.isTold() ? AlertType.ACCOUNT_LOW : AlertType.ACCOUNT_RECOVERED;
  }

  /** Those that are to be told of now. */
  List<Headroom.Expiring> fresh(List<Headroom.Expiring> soon) {
    Map<TokenId, Instant> before = Map.copyOf(expiring);
    expiring.clear();
    soon.forEach(token -> expiring.put(token.token(), token.time()));
    return soon.stream()
        .filter(token -> !token.time().equals(before.get(token.token())))
        .collect(Collectors.toList());
  }

  /** Whether it will become something else by time alone, or may. */
  boolean isRestless() {
    return !low.isNothing();
  }

  /** How much is remembered of it. */
  int size() {
    return 1 + expiring.size();
  }

  boolean isForgettable() {
    return low.isNothing() && out.isNothing() && expiring.isEmpty();
  }
}
