package io.tokenbroker.client.cli;

import io.tokenbroker.v1.Turn;

/** A turn as it is printed. */
final class TurnView {
  private TurnView() {}

  static String json(String account, Turn turn) {
    return new JsonLine()
        .put("account", account)
        .put("token_id", turn.getTokenId())
        .put("secret", turn.getSecret())
        .putUnsigned("turn", turn.getNumber())
        .putIfSet("label", turn.getLabel())
        .put("expire_time", turn.hasExpireTime() ? Times.iso(turn.getExpireTime()) : null)
        .putIfTrue("probation", turn.getProbation())
        .end();
  }

  static String number(Turn turn) {
    return Long.toUnsignedString(turn.getNumber());
  }

  /** Turn, token id, label and secret, between tabs. */
  static String tabbed(Turn turn) {
    return String.join(
        "\t",
        number(turn),
        Visible.text(turn.getTokenId()),
        Visible.text(turn.getLabel()),
        Visible.text(turn.getSecret()));
  }
}
