package io.tokenbroker.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.tokenbroker.server.account.Account;
import io.tokenbroker.server.account.AccountSettings;
import io.tokenbroker.server.account.AccountUpdate;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.UpdateAccountRequest;

/** Accounts, their settings and state, between the contract and the broker. */
final class AccountMapper {
  /** Of the tokens of one AccountState: streams of them may be left unread. */
  static final int MAX_TOKENS_BYTES = 64 * 1024;

  private AccountMapper() {}

  /** What a request's mask asks for; all of it has been checked. */
  static AccountUpdate update(UpdateAccountRequest request) {
    if (request.getUpdateMask().getPathsCount() == 0) {
      throw BrokerException.invalidField(
          "update_mask", "must name a field: token_limits or leases");
    }
    AccountUpdate update = AccountUpdate.NONE;
    for (String path : request.getUpdateMask().getPathsList()) {
      update = set(path, request.getSettings(), update);
    }
    return update;
  }

  private static AccountUpdate set(
      String path, io.tokenbroker.v1.AccountSettings values, AccountUpdate update) {
    return switch (path) {
      case "token_limits" ->
          update.withTokenLimits(
              values.hasTokenLimits()
                  ? LimitMapper.limits("settings.token_limits", values.getTokenLimits())
                  : TokenLimits.NONE);
      case "leases" -> update.withLeases(LeaseMapper.policy("settings.leases", values.getLeases()));
      default ->
          throw BrokerException.invalidField(
              "update_mask", "has an unknown field; allowed are token_limits and leases");
    };
  }

  static io.tokenbroker.v1.AccountSettings message(AccountSettings settings) {
    io.tokenbroker.v1.AccountSettings.Builder message =
        io.tokenbroker.v1.AccountSettings.newBuilder();
    TokenLimits limits = settings.tokenLimits();
    if (!limits.equals(TokenLimits.NONE)) {
      message.setTokenLimits(LimitMapper.message(limits));
    }
    if (!settings.leases().equals(LeasePolicy.DEFAULT)) {
      message.setLeases(LeaseMapper.policy(settings.leases()));
    }
    return message.build();
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
      Token token = TokenMapper.token(one);
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
