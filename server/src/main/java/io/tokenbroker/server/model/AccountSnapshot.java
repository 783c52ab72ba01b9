package io.tokenbroker.server.model;

import java.util.List;
import java.util.Map;

/**
 * What the store knows of an account at one moment.
 *
 * @param tokens all its tokens; none if there is no such account
 * @param position as it was saved last
 * @param fingerprint to be compared with a later one
 * @param limits of each token that has none of its own
 * @param health as it was saved last, of the tokens that are not as good as new
 * @param usage as it was saved last, of the tokens that have used anything
 * @param leases on its tokens
 */
public record AccountSnapshot(
    List<Token> tokens,
    Position position,
    Fingerprint fingerprint,
    TokenLimits limits,
    Map<TokenId, Health> health,
    Map<TokenId, List<Usage>> usage,
    LiveLeases leases) {
  public AccountSnapshot {
    tokens = List.copyOf(tokens);
    health = Map.copyOf(health);
    usage = Map.copyOf(usage);
  }

  /** Without leases. */
  public AccountSnapshot(
      List<Token> tokens,
      Position position,
      Fingerprint fingerprint,
      TokenLimits limits,
      Map<TokenId, Health> health,
      Map<TokenId, List<Usage>> usage) {
    this(tokens, position, fingerprint, limits, health, usage, LiveLeases.NONE);
  }

  /** Without limits and leases, and with tokens that are as good as new. */
  public AccountSnapshot(List<Token> tokens, Position position, Fingerprint fingerprint) {
    this(tokens, position, fingerprint, TokenLimits.NONE, Map.of(), Map.of());
  }

  public AccountSnapshot withLeases(LiveLeases live) {
    return new AccountSnapshot(tokens, position, fingerprint, limits, health, usage, live);
  }

  /**
   * Differs if any row of the account was added, removed or changed in between.
   *
   * @param rows how many rows the account has
   * @param sum of a number that each row has and that changes whenever the row does, modulo 2^64
   */
  public record Fingerprint(long rows, long sum) {
    public static final Fingerprint NONE = new Fingerprint(0, 0);

    public Fingerprint plus(Fingerprint other) {
      return new Fingerprint(rows + other.rows, sum + other.sum);
    }

    public Fingerprint minus(long rowNumber) {
      return new Fingerprint(rows - 1, sum - rowNumber);
    }

    public Fingerprint plus(long rowNumber) {
      return new Fingerprint(rows + 1, sum + rowNumber);
    }
  }
}
