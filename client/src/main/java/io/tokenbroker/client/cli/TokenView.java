package io.tokenbroker.client.cli;

import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.ScopeBench;
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
    return new Table(
        "TOKEN_ID", "WEIGHT", "STATE", "READY", "SERVED", "STRIKES", "EXPIRES", "LABEL");
  }

  static void row(Table table, Token token) {
    table.row(
        token.getTokenId(),
        Integer.toString(token.getWeight()),
        state(token),
        token.hasReadyTime() ? Times.iso(token.getReadyTime()) : "-",
        Long.toUnsignedString(token.getServed()),
        Integer.toString(token.getStrikes()),
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
        + (token.hasReadyTime() ? " until " + Times.iso(token.getReadyTime()) : "")
        + ", weight "
        + token.getWeight()
        + (token.getLabel().isEmpty() ? "" : ", label " + Visible.text(token.getLabel()))
        + (token.hasExpireTime() ? ", expires " + Times.iso(token.getExpireTime()) : "")
        + (token.hasLimits() ? ", limits " + Visible.text(LimitText.of(token.getLimits())) : "");
  }

  /** {@code ready}, or why it is not; with how many scopes have a bench of their own. */
  static String state(Token token) {
    if (token.getBenchReason() != BenchReason.BENCH_REASON_UNSPECIFIED) {
      return reason(token.getBenchReason()).toLowerCase(Locale.ROOT);
    }
    int scopes = token.getScopeBenchesCount();
    return scopes == 0 ? "ready" : "ready but for " + scopes + (scopes == 1 ? " scope" : " scopes");
  }

  private static JsonLine fields(JsonLine json, Token token) {
    json.put("token_id", token.getTokenId())
        .putIfSet("label", token.getLabel())
        .put("weight", token.getWeight())
        .put("enabled", token.getEnabled())
        .put("expire_time", token.hasExpireTime() ? Times.iso(token.getExpireTime()) : null)
        .put(
            "bench_reason",
            token.getBenchReason() == BenchReason.BENCH_REASON_UNSPECIFIED
                ? null
                : reason(token.getBenchReason()))
        .put("ready_time", token.hasReadyTime() ? Times.iso(token.getReadyTime()) : null)
        .putUnsigned("served", token.getServed())
        .put("strikes", token.getStrikes());
    if (token.hasLimits()) {
      json.putObject("limits", LimitText.json(token.getLimits()));
    }
    if (token.getScopeBenchesCount() > 0) {
      json.putObjects(
          "scope_benches", token.getScopeBenchesList().stream().map(TokenView::json).toList());
    }
    return json;
  }

  private static JsonLine json(ScopeBench bench) {
    return new JsonLine()
        .put("scope", bench.getScope())
        .put("bench_reason", reason(bench.getBenchReason()))
        .put("ready_time", bench.hasReadyTime() ? Times.iso(bench.getReadyTime()) : null);
  }

  static String reason(BenchReason reason) {
    return reason.name().replaceFirst("^BENCH_REASON_", "");
  }
}
