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

  /** What a person should know of it; empty if nothing. */
  static String note(Turn turn) {
    return turn.getProbation() ? "probation" : "";
  }

  /** Turn, token id, label and secret, between tabs; and the note if there is one. */
  static String tabbed(Turn turn) {
    String line =
        String.join(
            "\t",
            number(turn),
            Visible.text(turn.getTokenId()),
            Visible.text(turn.getLabel()),
            Visible.text(turn.getSecret()));
    return turn.getProbation() ? line + "\t" + note(turn) : line;
  }
}
