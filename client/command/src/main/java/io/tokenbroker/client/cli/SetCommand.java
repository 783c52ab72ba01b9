package io.tokenbroker.client.cli;

import com.google.protobuf.FieldMask;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.time.DateTimeException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes what was given on the command line and nothing else. */
@Command(
    name = "set",
    description = "Change the label, weight or expire time of a token, or drain it.")
final class SetCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose token.")
  private String account = "";

  @Parameters(index = "1", paramLabel = "TOKEN_ID", description = "Which token.")
  private String id = "";

  @Option(names = "--label", paramLabel = "TEXT", description = "What people call the token.")
  private @Nullable String label;

  @Option(names = "--weight", paramLabel = "N", description = "Its share of turns, 1 to 100.")
  private @Nullable Integer weight;

  @Option(
      names = "--expire-time",
      paramLabel = "TIME",
      description = "Such as 2030-01-31T12:00:00Z, or never.")
  private @Nullable String expireTime;

  @Option(
      names = "--drain",
      description =
          "No new turns and no new leases from now on, as with `tokens disable`; leases that it has"
              + " go on until they end. `tokens enable` brings it back.")
  private boolean drain;

  @Override
  public Integer call() {
    UpdateTokenRequest request = request();
    try (TokenBrokerClient client = remote.connect()) {
      TokenView.printChanged(remote, account, client.adminStub().updateToken(request).getToken());
      if (drain) {
        LeasesLeft.tell(client, remote, account, List.of(id));
      }
      return ExitCodes.OK;
    }
  }

  private UpdateTokenRequest request() {
    Token.Builder token = Token.newBuilder().setTokenId(id);
    FieldMask.Builder mask = FieldMask.newBuilder();
    if (label != null) {
      token.setLabel(label);
      mask.addPaths("label");
    }
    if (weight != null) {
      if (weight < 1 || weight > 100) {
        throw remote.usage(
            "--weight must be from 1 to 100, is "
                + weight
                + "; --drain takes a token out of the rotation");
      }
      token.setWeight(weight);
      mask.addPaths("weight");
    }
    if (expireTime != null) {
      mask.addPaths("expire_time");
      if (!expireTime.equals("never")) {
        try {
          token.setExpireTime(Times.parse(expireTime));
        } catch (DateTimeException e) {
          throw remote.usage(
              "--expire-time must be a time such as 2030-01-31T12:00:00Z, or never, is '"
                  + expireTime
                  + "'");
        }
      }
    }
    if (drain) {
      mask.addPaths("enabled"); // false
    }
    if (mask.getPathsCount() == 0) {
      throw remote.usage("say what to change: --label, --weight, --expire-time or --drain");
    }
    return UpdateTokenRequest.newBuilder()
        .setAccount(account)
        .setToken(token)
        .setUpdateMask(mask)
        .build();
  }
}
