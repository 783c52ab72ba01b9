package io.tokenbroker.client.cli;

import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.ScopeBench;
import io.tokenbroker.v1.Token;
import java.util.Locale;
import java.util.stream.Collectors;

/** A token as it is printed. */
final class TokenView {
  /** How many of them are listed for people. */
  private static final int SCOPES = 3;

  private TokenView() {}

  static JsonLine json(Token token) {
    return fields(new JsonLine(), token);
  }

  static JsonLine json(String account, Token token) {
    return fields(new JsonLine().put("account", account), token);
  }

  static Table table() {
    return new Table(
        "TOKEN_ID",
        "WEIGHT",
        "STATE",
        "READY?",
        "SERVED",
        "STRIKES",
        "EXPIRES?",
        "LABEL?",
        "OWN_LIMITS?",
        "COOLS_FOR?");
  }

  static void row(Table table, Token token) {
    table.row(
        token.getTokenId(),
        Integer.toString(token.getWeight()),
        state(token),
        ready(token),
        Long.toUnsignedString(token.getServed()),
        Integer.toString(token.getStrikes()),
        token.hasExpireTime() ? Times.shown(token.getExpireTime()) : "",
        token.getLabel(),
        token.hasLimits() ? LimitText.of(token.getLimits()) : "",
        scopes(token));
  }

  private static String ready(Token token) {
    if (token.getProbeDue()) {
      return "now";
    }
    return token.hasReadyTime() ? Times.ready(token.getReadyTime()) : "";
  }

  /** The first scopes with a bench of their own, and until when. */
  private static String scopes(Token token) {
    int more = token.getScopeBenchesCount() - SCOPES;
    return token.getScopeBenchesList().stream()
            .limit(SCOPES)
            .map(
                bench ->
                    bench.getScope()
                        + (bench.hasReadyTime()
                            ? " until " + Times.ready(bench.getReadyTime())
                            : ""))
            .collect(Collectors.joining(", "))
        + (more > 0 ? " and " + more + " more" : "");
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
    boolean ready = isReady(token);
    boolean quarantined = token.getBenchReason() == BenchReason.BENCH_REASON_QUARANTINE;
    boolean scoped = token.getScopeBenchesCount() > 0;
    return (ready && scoped ? "ready but for " + Visible.text(scopes(token)) : state(token))
        + (token.hasReadyTime() && !token.getProbeDue()
            ? (quarantined ? ", next probe " : " until ") + Times.ready(token.getReadyTime())
            : "")
        + (!ready && scoped ? ", cools for " + Visible.text(scopes(token)) : "")
        + ", weight "
        + token.getWeight()
        + (token.getLabel().isEmpty() ? "" : ", label " + Visible.text(token.getLabel()))
        + (token.hasExpireTime() ? ", expires " + Times.shown(token.getExpireTime()) : "")
        + (token.hasLimits() ? ", limits " + Visible.text(LimitText.of(token.getLimits())) : "");
  }

  private static boolean isReady(Token token) {
    return token.getBenchReason() == BenchReason.BENCH_REASON_UNSPECIFIED;
  }

  /** {@code ready}, or why it is not; with how many scopes have a bench of their own. */
  static String state(Token token) {
    if (!isReady(token)) {
      return reason(token.getBenchReason()).toLowerCase(Locale.ROOT)
          + (token.getProbeDue() ? ", probe due" : "");
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
        .put("bench_reason", isReady(token) ? null : reason(token.getBenchReason()))
        .put("ready_time", token.hasReadyTime() ? Times.iso(token.getReadyTime()) : null)
        .putIfTrue("probe_due", token.getProbeDue())
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
