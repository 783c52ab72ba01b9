package io.tokenbroker.server.rpc;

import io.tokenbroker.server.broker.AccountUpdate;
import io.tokenbroker.server.broker.AllSettings;
import io.tokenbroker.server.failure.InvalidFieldException;
import io.tokenbroker.server.token.LeasePolicy;
import io.tokenbroker.server.token.TokenLimits;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.UpdateAccountRequest;

/** Reads the settings of accounts, and makes messages of them. */
final class AccountFields {
  private AccountFields() {}

  /** What a request's mask asks for; all of it has been checked. */
  static AccountUpdate update(UpdateAccountRequest request) {
    if (request.getUpdateMask().getPathsCount() == 0) {
      throw new InvalidFieldException("update_mask", "must name a field: token_limits or leases");
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
                  ? LimitFields.limits("settings.token_limits", values.getTokenLimits())
                  : TokenLimits.NONE);
      case "leases" -> update.withLeases(LeaseFields.policy("settings.leases", values.getLeases()));
      default ->
          throw new InvalidFieldException(
              "update_mask", "has an unknown field; allowed are token_limits and leases");
    };
  }

  static AccountSettings message(AllSettings settings) {
    AccountSettings.Builder message = AccountSettings.newBuilder();
    TokenLimits limits = settings.account().tokenLimits();
    if (!limits.equals(TokenLimits.NONE)) {
      message.setTokenLimits(LimitFields.message(limits));
    }
    if (!settings.leases().equals(LeasePolicy.DEFAULT)) {
      message.setLeases(LeaseMessages.policy(settings.leases()));
    }
    return message.build();
  }
}
