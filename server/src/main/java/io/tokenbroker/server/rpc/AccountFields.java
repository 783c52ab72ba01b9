package io.tokenbroker.server.rpc;

import io.tokenbroker.server.failure.InvalidFieldException;
import io.tokenbroker.server.token.AccountSettings;
import io.tokenbroker.server.token.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads the settings of accounts, and makes messages of them. */
final class AccountFields {
  private AccountFields() {}

  /** The change that a request's mask asks for; it has been checked. */
  static UnaryOperator<AccountSettings> change(UpdateAccountRequest request) {
    List<String> paths = request.getUpdateMask().getPathsList();
    if (paths.isEmpty()) {
      throw new InvalidFieldException("update_mask", "must name a field: token_limits");
    }
    UnaryOperator<AccountSettings> change =
        settings -> {
          AccountSettings changed = settings;
          for (String path : paths) {
            changed = set(path, request.getSettings(), changed);
          }
          return changed;
        };
    // what is not valid is not valid for any account: say so before the store is asked
    AccountSettings unused = change.apply(AccountSettings.DEFAULT);
    return change;
  }

  private static AccountSettings set(
      String path, io.tokenbroker.v1.AccountSettings values, AccountSettings settings) {
    return switch (path) {
      case "token_limits" ->
          settings.withTokenLimits(
              values.hasTokenLimits()
                  ? LimitFields.limits("settings.token_limits", values.getTokenLimits())
                  : TokenLimits.NONE);
      default ->
          throw new InvalidFieldException(
              "update_mask", "has an unknown field; allowed is token_limits");
    };
  }

  static io.tokenbroker.v1.AccountSettings message(AccountSettings settings) {
    io.tokenbroker.v1.AccountSettings.Builder message =
        io.tokenbroker.v1.AccountSettings.newBuilder();
    if (!settings.tokenLimits().equals(TokenLimits.NONE)) {
      message.setTokenLimits(LimitFields.message(settings.tokenLimits()));
    }
    return message.build();
  }
}
