package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.AccountState.ScopeBench;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Tokens and turns, between the contract and the broker. */
final class TokenMapper {
  private static final int MAX_TOKENS = 1_000;

  private TokenMapper() {}

  static List<NewToken> newTokens(List<io.tokenbroker.v1.NewToken> messages) {
    Fields.size("tokens", messages.size(), MAX_TOKENS);
    Map<Secret, Integer> seen = new HashMap<>();
    List<NewToken> tokens = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      NewToken token = newToken("tokens[" + i + "].", messages.get(i));
      Integer same = seen.putIfAbsent(token.secret(), i);
      if (same != null) {
        throw BrokerException.invalidField(
            "tokens[" + i + "].secret", "is the same as that of tokens[" + same + "]");
      }
      tokens.add(token);
    }
    return tokens;
  }

  private static NewToken newToken(String path, io.tokenbroker.v1.NewToken message) {
    Secret secret = Fields.checked(path + "secret", message.getSecret(), Secret::new);
    TokenSettings settings = TokenSettings.DEFAULT;
    settings = Fields.checked(path + "label", message.getLabel(), settings::withLabel);
    settings = Fields.checked(path + "weight", weight(message.getWeight()), settings::withWeight);
    settings = settings.withEnabled(!message.hasEnabled() || message.getEnabled());
    if (message.hasExpireTime()) {
      Instant time = WireTimes.time(path + "expire_time", message.getExpireTime());
      settings = settings.withExpireTime(time);
    }
    if (message.hasLimits()) {
      settings = settings.withLimits(LimitMapper.limits(path + "limits", message.getLimits()));
    }
    return new NewToken(secret, settings);
  }

  /** The change that a request's mask asks for; it has been checked. */
  static UnaryOperator<TokenSettings> change(UpdateTokenRequest request) {
    List<String> paths = request.getUpdateMask().getPathsList();
    if (paths.isEmpty()) {
      throw BrokerException.invalidField(
          "update_mask", "must name a field: label, weight, enabled, expire_time or limits");
    }
    UnaryOperator<TokenSettings> change =
        settings -> {
          TokenSettings changed = settings;
          for (String path : paths) {
            changed = set(path, request.getToken(), changed);
          }
          return changed;
        };
    // what is not valid is not valid for any token: say so before the store is asked
    TokenSettings unused = change.apply(TokenSettings.DEFAULT);
    return change;
  }

  private static TokenSettings set(String path, Token values, TokenSettings settings) {
    return switch (path) {
      case "label" -> Fields.checked("token.label", values.getLabel(), settings::withLabel);
      case "weight" ->
          Fields.checked("token.weight", weight(values.getWeight()), settings::withWeight);
      case "enabled" -> settings.withEnabled(values.getEnabled());
      case "expire_time" ->
          settings.withExpireTime(
              values.hasExpireTime()
                  ? WireTimes.time("token.expire_time", values.getExpireTime())
                  : null);
      case "limits" ->
          settings.withLimits(
              values.hasLimits() ? LimitMapper.limits("token.limits", values.getLimits()) : null);
      default ->
          throw BrokerException.invalidField(
              "update_mask",
              "has an unknown field; allowed are label, weight, enabled, expire_time and limits");
    };
  }

  private static int weight(int value) {
    return value == 0 ? TokenSettings.DEFAULT.weight() : value;
  }

  static Set<TokenId> tokenIds(List<String> values) {
    Fields.size("token_ids", values.size(), MAX_TOKENS);
    Set<TokenId> tokens = new LinkedHashSet<>();
    for (int i = 0; i < values.size(); i++) {
      String field = "token_ids[" + i + "]";
      if (!tokens.add(Fields.tokenId(field, values.get(i)))) {
        throw BrokerException.invalidField(field, "is there twice");
      }
    }
    return tokens;
  }

  static io.tokenbroker.v1.Turn turn(Turn turn) {
    TokenSettings settings = turn.token().settings();
    io.tokenbroker.v1.Turn.Builder message =
        io.tokenbroker.v1.Turn.newBuilder()
            .setTokenId(turn.token().id().value())
            .setSecret(turn.token().secret().reveal())
            .setNumber(turn.number())
            .setProbation(turn.probation())
            .setLabel(settings.label());
    Instant expireTime = settings.expireTime();
    if (expireTime != null) {
      message.setExpireTime(WireTimes.timestamp(expireTime));
    }
    return message.build();
  }

  /** A token as it stands in the rotation. */
  static Token token(TokenStatus state) {
    Token.Builder message =
        token(state.token(), state.benched()).toBuilder()
            .setServed(state.served())
            .setStrikes(state.strikes())
            .setProbeDue(state.probeDue());
    Instant readyTime = state.readyTime();
    if (readyTime != null) {
      message.setReadyTime(WireTimes.timestamp(readyTime));
    }
    for (ScopeBench bench : state.scopes()) {
      message.addScopeBenches(
          io.tokenbroker.v1.ScopeBench.newBuilder()
              .setScope(bench.scope().value())
              .setBenchReason(reason(BenchReason.COOLDOWN))
              .setReadyTime(WireTimes.timestamp(bench.readyTime())));
    }
    return message.build();
  }

  static Token token(TokenInfo token, @Nullable BenchReason benched) {
    TokenSettings settings = token.settings();
    Token.Builder message =
        Token.newBuilder()
            .setTokenId(token.id().value())
            .setLabel(settings.label())
            .setWeight(settings.weight())
            .setEnabled(settings.enabled())
            .setBenchReason(reason(benched));
    Instant expireTime = settings.expireTime();
    if (expireTime != null) {
      message.setExpireTime(WireTimes.timestamp(expireTime));
    }
    if (settings.limits() != null) {
      message.setLimits(LimitMapper.message(settings.limits()));
    }
    return message.build();
  }

  private static io.tokenbroker.v1.BenchReason reason(@Nullable BenchReason reason) {
    if (reason == null) {
      return io.tokenbroker.v1.BenchReason.BENCH_REASON_UNSPECIFIED;
    }
    return switch (reason) {
      case DISABLED -> io.tokenbroker.v1.BenchReason.BENCH_REASON_DISABLED;
      case EXPIRED -> io.tokenbroker.v1.BenchReason.BENCH_REASON_EXPIRED;
      case QUARANTINE -> io.tokenbroker.v1.BenchReason.BENCH_REASON_QUARANTINE;
      case LEASED -> io.tokenbroker.v1.BenchReason.BENCH_REASON_LEASED;
      case COOLDOWN -> io.tokenbroker.v1.BenchReason.BENCH_REASON_COOLDOWN;
      case UNREADABLE -> io.tokenbroker.v1.BenchReason.BENCH_REASON_UNREADABLE;
      case RATE_LIMIT -> io.tokenbroker.v1.BenchReason.BENCH_REASON_RATE_LIMIT;
      case CONCURRENCY -> io.tokenbroker.v1.BenchReason.BENCH_REASON_CONCURRENCY;
      case PAUSE -> io.tokenbroker.v1.BenchReason.BENCH_REASON_PAUSE;
    };
  }
}
