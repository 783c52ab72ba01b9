package io.tokenbroker.server.grpc;

import io.tokenbroker.server.account.AccountUpdate;
import io.tokenbroker.server.account.AllSettings;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.UpdateAccountRequest;

/** Reads the settings of accounts, and makes messages of them. */
final class AccountMapper {
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

  private static AccountUpdate set(String path, AccountSettings values, AccountUpdate update) {
    return switch (path) {
      case "token_limits" ->
          update.withTokenLimits(
              values.hasTokenLimits()
                  ? LimitMapper.limits("settings.token_limits", values.getTokenLimits())
                  : TokenLimits.NONE);
      case "leases" ->
          update.withLeases(LeaseRequests.policy("settings.leases", values.getLeases()));
      default ->
          throw BrokerException.invalidField(
              "update_mask", "has an unknown field; allowed are token_limits and leases");
    };
  }

  static AccountSettings message(AllSettings settings) {
    AccountSettings.Builder message = AccountSettings.newBuilder();
    TokenLimits limits = settings.account().tokenLimits();
    if (!limits.equals(TokenLimits.NONE)) {
      message.setTokenLimits(LimitMapper.message(limits));
    }
    if (!settings.leases().equals(LeasePolicy.DEFAULT)) {
      message.setLeases(LeaseMessages.policy(settings.leases()));
    }
    return message.build();
  }
}
