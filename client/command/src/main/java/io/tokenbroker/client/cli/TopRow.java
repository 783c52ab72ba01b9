package io.tokenbroker.client.cli;

import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.Token;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One account at one moment.
 *
 * @param known whether rate and average are known yet
 * @param rate turns per second since the sample before
 * @param average its mean over the past 10 samples
 */
record TopRow(AccountState state, boolean known, double rate, double average) {
  static TopRow of(AccountState state, TurnMeter meter) {
    return new TopRow(state, meter.isKnown(), meter.rate(), meter.average());
  }

  int benched() {
    return state.getTokenCount() - state.getReadyCount();
  }

  /** Such as {@code cooldown 2, leased 1}; of the tokens that the broker lists. */
  String why() {
    Map<BenchReason, Long> reasons =
        state.getTokensList().stream()
            .map(Token::getBenchReason)
            .filter(reason -> reason != BenchReason.BENCH_REASON_UNSPECIFIED)
            .collect(Collectors.groupingBy(reason -> reason, TreeMap::new, Collectors.counting()));
    return reasons.entrySet().stream()
        .map(
            entry ->
                TokenView.reason(entry.getKey()).toLowerCase(Locale.ROOT) + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  String json() {
    JsonLine json =
        new JsonLine()
            .put("account", state.getAccount())
            .putUnsigned("turn", state.getTurn())
            .put("token_count", state.getTokenCount())
            .put("ready_count", state.getReadyCount())
            .put("waiter_count", state.getWaiterCount());
    if (known) {
      json.put("turns_per_second", rounded(rate)).put("average_of_10", rounded(average));
    }
    return json.end();
  }

  /** For people, without a terminal. */
  String line() {
    return Visible.text(state.getAccount())
        + ": "
        + (known ? number(rate) + " turns/s, average " + number(average) : "turns/s not known yet")
        + ", "
        + state.getReadyCount()
        + " of "
        + state.getTokenCount()
        + " tokens ready, "
        + state.getWaiterCount()
        + " waiting"
        + (why().isEmpty() ? "" : "; benched: " + why());
  }

  /** At most 7 characters up to ten million. */
  static String number(double value) {
    return value < 1000
        ? String.format(Locale.ROOT, "%.1f", value)
        : String.format(Locale.ROOT, "%.0f", value);
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
