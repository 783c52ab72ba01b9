package io.tokenbroker.server.token;

import java.util.List;

/**
 * What the store knows of an account at one moment.
 *
 * @param tokens all its tokens; none if there is no such account
 * @param position as it was saved last
 * @param fingerprint to be compared with a later one
 */
public record AccountSnapshot(List<Token> tokens, Position position, Fingerprint fingerprint) {
  public AccountSnapshot {
    tokens = List.copyOf(tokens);
  }

  /**
   * Differs if any row of the account was added, removed or changed in between.
   *
   * @param rows how many rows the account has
   * @param sum of a number that each row has and that changes whenever the row does, modulo 2^64
   */
  public record Fingerprint(long rows, long sum) {
    public static final Fingerprint NONE = new Fingerprint(0, 0);

    public Fingerprint plus(long rowNumber) {
      return new Fingerprint(rows + 1, sum + rowNumber);
    }
  }
}
