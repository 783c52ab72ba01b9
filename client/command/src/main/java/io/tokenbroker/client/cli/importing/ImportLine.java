package io.tokenbroker.client.cli.importing;

import io.tokenbroker.v1.NewToken;

/**
 * A token and where it was found.
 *
 * @param line from 1; the first one, if the token has several
 */
public record ImportLine(int line, NewToken token) {
  /** The same, to be added without turns. */
  public ImportLine drained() {
    return new ImportLine(line, token.toBuilder().setEnabled(false).build());
  }

  /** Without the token, whose own text shows the secret. */
  @Override
  public String toString() {
    return "ImportLine[line=" + line + "]";
  }
}
