package io.tokenbroker.server.torture.embedded;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.tokenbroker.v1.LeasePolicy;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenLimits;

/** Every field of a token as a function of its version, so that half a change can be seen. */
final class Versions {
  private static final long YEAR_2100 = 4_102_444_800L;
  private static final Duration MINUTE = Duration.newBuilder().setSeconds(60).build();

  private Versions() {}

  static String secret(String account, int number) {
    return "made-up-" + account + "-" + number;
  }

  static NewToken added(String account, int number, int version) {
    Token token = token(number, version);
    NewToken.Builder added =
        NewToken.newBuilder()
            .setSecret(secret(account, number))
            .setLabel(token.getLabel())
            .setWeight(token.getWeight())
            .setEnabled(token.getEnabled());
    if (token.hasExpireTime()) {
      added.setExpireTime(token.getExpireTime());
    }
    if (token.hasLimits()) {
      added.setLimits(token.getLimits());
    }
    return added.build();
  }

  static Token token(int number, int version) {
    Token.Builder token =
        Token.newBuilder()
            .setLabel(number + "." + version)
            .setWeight(1 + version % 100)
            .setEnabled(enabled(version));
    if (version % 3 == 0) {
      token.setExpireTime(Timestamp.newBuilder().setSeconds(YEAR_2100 + version));
    }
    if (version % 2 == 0) {
      token.setLimits(limits(version));
    }
    return token.build();
  }

  static boolean enabled(int version) {
    return version % 5 != 0;
  }

  static TokenLimits limits(int version) {
    return TokenLimits.newBuilder()
        .addRates(RateLimit.newBuilder().setCount(1_000_000L + version).setWindow(MINUTE))
        .build();
  }

  static int versionOf(TokenLimits limits) {
    return limits.getRatesCount() == 0 ? 0 : (int) (limits.getRates(0).getCount() - 1_000_000L);
  }

  static LeasePolicy policy(int version) {
    return LeasePolicy.newBuilder().setMaxLeases(version).build();
  }

  static int numberOf(String label) {
    return Integer.parseInt(label.substring(0, label.indexOf('.')));
  }

  static int versionOf(String label) {
    return Integer.parseInt(label.substring(label.indexOf('.') + 1));
  }

  /** Whether all its fields are those of its version. */
  static boolean isWhole(Token token) {
    Token expected = token(numberOf(token.getLabel()), versionOf(token.getLabel()));
    return token.getWeight() == expected.getWeight()
        && token.getEnabled() == expected.getEnabled()
        && token.getExpireTime().equals(expected.getExpireTime())
        && token.hasLimits() == expected.hasLimits()
        && versionOf(token.getLimits()) == versionOf(expected.getLimits());
  }
}
