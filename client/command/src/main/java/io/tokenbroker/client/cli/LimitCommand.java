package io.tokenbroker.client.cli;

import com.google.protobuf.FieldMask;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.Quota;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sets what a token may take: all limits at once, of one token or of all that have none. */
@Command(
    name = "limit",
    description = {
      "Set the limits of a token, or those of all tokens of an account that have none of their"
          + " own. What is not given is no limit."
    },
    footer = {
      "",
      "tokenbroker tokens limit github --rate 5000/1h --rate 10/1s --headroom 20",
      "tokenbroker tokens limit github 7 --quota 10000/day@00:00[Europe/Berlin]"
    })
final class LimitCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose tokens.")
  private String account = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TOKEN_ID",
      description = "Which token. Default: all that have no limits of their own.")
  private @Nullable String id;

  @Option(
      names = "--rate",
      paramLabel = "N/TIME",
      converter = LimitText.RateConverter.class,
      description = "At most N turns in any span of that time. May be given up to 8 times.")
  private List<RateLimit> rates = new ArrayList<>();

  @Option(
      names = "--quota",
      paramLabel = "N/PERIOD[@RESET][ZONE]",
      converter = LimitText.QuotaConverter.class,
      description =
          "At most N turns a day or month of a time zone: 10000/day@00:00[Europe/Berlin],"
              + " 100000/month@15T06:00[UTC]. May be given up to 4 times.")
  private List<Quota> quotas = new ArrayList<>();

  @Option(
      names = "--concurrent",
      paramLabel = "N",
      description = "At most N turns that are not reported yet.")
  private int concurrent;

  @Option(
      names = "--headroom",
      paramLabel = "PERCENT",
      description = "The share that is kept for the token's owner, 0 to 99.")
  private int headroom;

  @Option(
      names = "--none",
      description = "Remove the limits; a token then has those of its account.")
  private boolean none;

  @Override
  public Integer call() {
    TokenLimits limits =
        TokenLimits.newBuilder()
            .addAllRates(rates)
            .addAllQuotas(quotas)
            .setMaxConcurrent(concurrent)
            .setHeadroomPercent(headroom)
            .build();
    if (none != limits.equals(TokenLimits.getDefaultInstance())) {
      throw remote.usage("say either limits (--rate, --quota, --concurrent, --headroom) or --none");
    }
    try (TokenBrokerClient client = remote.connect()) {
      if (id == null) {
        limitAccount(client, limits);
      } else {
        limitToken(client, id, limits);
      }
      return ExitCodes.OK;
    }
  }

  private void limitAccount(TokenBrokerClient client, TokenLimits limits) {
    AccountSettings.Builder settings = AccountSettings.newBuilder();
    if (!none) {
      settings.setTokenLimits(limits);
    }
    SettingsView.print(
        remote,
        account,
        client
            .adminStub()
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount(account)
                    .setSettings(settings)
                    .setUpdateMask(FieldMask.newBuilder().addPaths("token_limits"))
                    .build())
            .getSettings(),
        SettingsView::limits);
    if (isWithoutTokens(client)) {
      AccountLookup.warnOfNoTokens(remote, account);
    }
  }

  private boolean isWithoutTokens(TokenBrokerClient client) {
    try {
      return AccountLookup.find(client, account).isEmpty();
    } catch (StatusRuntimeException e) {
      return false; // the limits are set all the same
    }
  }

  private void limitToken(TokenBrokerClient client, String tokenId, TokenLimits limits) {
    Token.Builder token = Token.newBuilder().setTokenId(tokenId);
    if (!none) {
      token.setLimits(limits);
    }
    TokenView.printChanged(
        remote,
        account,
        client
            .adminStub()
            .updateToken(
                UpdateTokenRequest.newBuilder()
                    .setAccount(account)
                    .setToken(token)
                    .setUpdateMask(FieldMask.newBuilder().addPaths("limits"))
                    .build())
            .getToken());
  }
}
