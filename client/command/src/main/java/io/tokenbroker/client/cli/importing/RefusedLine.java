package io.tokenbroker.client.cli.importing;

/** A line that makes no token. The reason must not hold a part of a secret. */
final class RefusedLine extends Exception {
  private static final long serialVersionUID = 1;

  RefusedLine(String why) {
    super(why);
  }

  String why() {
    return String.valueOf(getMessage());
  }
}
