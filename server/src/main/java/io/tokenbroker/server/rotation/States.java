package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Hold;
import io.tokenbroker.server.model.AccountState.ScopeBench;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.TokenInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Describes tokens to people. Used under the stripe. */
final class States {
  private States() {}

  static TokenStatus of(Slot slot, Bench bench, Moment moment) {
    Hold hold = bench.shown(slot, moment);
    return new TokenStatus(
        new TokenInfo(slot.token.id(), slot.token.settings()),
        hold == null ? null : hold.reason(),
        hold == null || !hold.ends() ? null : time(hold.delay(moment), moment),
        scopes(slot, moment),
        slot.served,
        slot.strikes(),
        slot.probeDue && !bench.isPaused());
  }

  private static Instant time(long delay, Moment moment) {
    return moment.instant().plusNanos(delay);
  }

  private static List<ScopeBench> scopes(Slot slot, Moment moment) {
    List<ScopeBench> scopes = new ArrayList<>();
    slot.cooling()
        .forEach(
            (scope, deadline) -> {
              if (!scope.isAll() && deadline.delay(moment) > 0) {
                scopes.add(new ScopeBench(scope, time(deadline.delay(moment), moment)));
              }
            });
    scopes.sort(Comparator.comparing(bench -> bench.scope().value()));
    return scopes;
  }
}
