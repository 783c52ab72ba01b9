package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Labels;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.Defaults;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Made-up tokens. */
final class Fixtures {
  static final AccountId ACCOUNT = new AccountId("acme");

  private Fixtures() {}

  static Token token(String id) {
    return token(id, 1);
  }

  static Token token(String id, int weight) {
    return token(id, TokenSettings.DEFAULT.withWeight(weight));
  }

  static Token token(String id, TokenSettings settings) {
    return new Token(new TokenId(id), new Secret("secret-" + id), settings);
  }

  static Token disabled(String id) {
    return token(id, TokenSettings.DEFAULT.withEnabled(false));
  }

  static Token expiring(String id, Instant time) {
    return token(id, TokenSettings.DEFAULT.withExpireTime(time));
  }

  /** Tokens 1 to count of weight 1. */
  static List<Token> tokens(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> token(Integer.toString(i))).toList();
  }

  /** Tokens 1, 2, … of the given weights. */
  static List<Token> weighted(int... weights) {
    return IntStream.range(0, weights.length)
        .mapToObj(i -> token(Integer.toString(i + 1), weights[i]))
        .toList();
  }

  /** As it is at its start. */
  static Rotation rotation(List<Token> tokens, long nowMillis) {
    Slots made = Slots.of(snapshot(tokens), Slots.NONE);
    Rotation rotation = new Rotation(ACCOUNT, made, TokenLimits.NONE, Defaults.ROTATION);
    rotation.begin(Position.START, Map.of(), new Moment(0, nowMillis));
    return rotation;
  }

  static AccountSnapshot snapshot(List<Token> tokens) {
    return new AccountSnapshot(tokens, Position.START, new Fingerprint(tokens.size(), 0));
  }

  /** All positions that are not saved. */
  static Map<AccountId, Position> moved(RotationTable table) {
    return table.unsavedPositions().next(Integer.MAX_VALUE);
  }

  static Token labelled(String id, String label) {
    return token(id, TokenSettings.DEFAULT.withLabel(label));
  }

  /** The tokens with one label. */
  record Label(String label) implements Labels {
    @Override
    public boolean include(String of) {
      return of.equals(label);
    }
  }
}
