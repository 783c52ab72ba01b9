package io.tokenbroker.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.tokenbroker.server.account.Account;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.ScopeBench;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.Turn;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes messages from values. */
final class Messages {
  /** Of the tokens of one AccountState: streams of them may be left unread. */
  static final int MAX_TOKENS_BYTES = 64 * 1024;

  private Messages() {}

  static Turn turn(io.tokenbroker.server.model.Turn turn) {
    TokenSettings settings = turn.token().settings();
    Turn.Builder message =
        Turn.newBuilder()
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
      case UNREADABLE -> io.tokenbroker.v1.BenchReason.BENCH_REASON_UNREADABLE;
      case QUARANTINE -> io.tokenbroker.v1.BenchReason.BENCH_REASON_QUARANTINE;
      case LEASED -> io.tokenbroker.v1.BenchReason.BENCH_REASON_LEASED;
      case COOLDOWN -> io.tokenbroker.v1.BenchReason.BENCH_REASON_COOLDOWN;
      case RATE_LIMIT -> io.tokenbroker.v1.BenchReason.BENCH_REASON_RATE_LIMIT;
      case CONCURRENCY -> io.tokenbroker.v1.BenchReason.BENCH_REASON_CONCURRENCY;
      case PAUSE -> io.tokenbroker.v1.BenchReason.BENCH_REASON_PAUSE;
    };
  }

  /** With the first tokens that fit. */
  static io.tokenbroker.v1.AccountState state(AccountState state) {
    io.tokenbroker.v1.AccountState.Builder message =
        io.tokenbroker.v1.AccountState.newBuilder()
            .setAccount(state.account().value())
            .setTurn(state.turn())
            .setTokenCount(state.tokenCount())
            .setReadyCount(state.readyCount())
            .setWaiterCount(state.waiterCount());
    int room = MAX_TOKENS_BYTES;
    for (TokenStatus one : state.tokens()) {
      Token token = token(one);
      room -=
          CodedOutputStream.computeMessageSize(
              io.tokenbroker.v1.AccountState.TOKENS_FIELD_NUMBER, token);
      if (room < 0) {
        break;
      }
      message.addTokens(token);
    }
    return message.build();
  }

  static io.tokenbroker.v1.Account account(Account account) {
    return io.tokenbroker.v1.Account.newBuilder()
        .setAccount(account.id().value())
        .setTokenCount(account.tokens())
        .setReadyCount(account.ready())
        .setLoaded(account.loaded())
        .setTurn(account.turn())
        .setSettings(AccountMapper.message(account.settings()))
        .build();
  }
}
