package io.tokenbroker.client.cli;

import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.Token;
import java.util.Locale;

/** A token as it is printed. */
final class TokenView {
  private TokenView() {}

  static JsonLine json(Token token) {
    return fields(new JsonLine(), token);
  }

  static JsonLine json(String account, Token token) {
    return fields(new JsonLine().put("account", account), token);
  }

  static Table table() {
    return new Table("TOKEN_ID", "WEIGHT", "STATE", "EXPIRES", "LABEL");
  }

  static void row(Table table, Token token) {
    table.row(
        token.getTokenId(),
        Integer.toString(token.getWeight()),
        state(token),
        token.hasExpireTime() ? Times.iso(token.getExpireTime()) : "-",
        token.getLabel());
  }

  static void printChanged(Remote remote, String account, Token token) {
    remote
        .out()
        .println(
            remote.json()
                ? json(account, token).end()
                : "token " + Visible.text(token.getTokenId()) + " is now " + describe(token));
    remote.out().flush();
  }

  private static String describe(Token token) {
    return state(token)
        + ", weight "
        + token.getWeight()
        + (token.getLabel().isEmpty() ? "" : ", label " + Visible.text(token.getLabel()))
        + (token.hasExpireTime() ? ", expires " + Times.iso(token.getExpireTime()) : "");
  }

  /** {@code ready}, or why it is not. */
  static String state(Token token) {
    return token.getBenchReason() == BenchReason.BENCH_REASON_UNSPECIFIED
        ? "ready"
        : reason(token.getBenchReason()).toLowerCase(Locale.ROOT);
  }

  private static JsonLine fields(JsonLine json, Token token) {
    return json.put("token_id", token.getTokenId())
        .putIfSet("label", token.getLabel())
        .put("weight", token.getWeight())
        .put("enabled", token.getEnabled())
        .put("expire_time", token.hasExpireTime() ? Times.iso(token.getExpireTime()) : null)
        .put(
            "bench_reason",
            token.getBenchReason() == BenchReason.BENCH_REASON_UNSPECIFIED
                ? null
                : reason(token.getBenchReason()));
  }

  private static String reason(BenchReason reason) {
    return reason.name().replaceFirst("^BENCH_REASON_", "");
  }
}
