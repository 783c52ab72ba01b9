package io.tokenbroker.client.cli;

import com.google.protobuf.FieldMask;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.LeasePolicy;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Bounds the leases of an account: changes what was given and keeps the rest. */
@Command(
    name = "lease-policy",
    description = "Bound the leases of an account. What is not given stays as it is.")
final class LeasePolicyCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Which account.")
  private String account = "";

  @Option(
      names = "--per-token",
      paramLabel = "N",
      description = "How many leases a token may have at once; 1, the default, is exclusive.")
  private @Nullable Integer perToken;

  @Option(
      names = "--per-holder",
      paramLabel = "N",
      description = "How many leases one holder may have at once; 0: any number.")
  private @Nullable Integer perHolder;

  @Option(
      names = "--max",
      paramLabel = "N",
      description = "How many leases the account may have at once; 0: any number.")
  private @Nullable Integer max;

  @Option(
      names = "--min-ttl",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "The shortest TTL, 1s to 24h.")
  private @Nullable Duration minTtl;

  @Option(
      names = "--max-ttl",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "The longest TTL, 1s to 24h.")
  private @Nullable Duration maxTtl;

  @Option(
      names = "--default-ttl",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "The TTL of a lease that is asked for without one.")
  private @Nullable Duration defaultTtl;

  @Override
  public Integer call() {
    try (TokenBrokerClient client = remote.connect()) {
      Optional<Account> found = AccountLookup.find(client, account);
      LeasePolicy old =
          found
              .map(known -> known.getSettings().getLeases())
              .orElse(LeasePolicy.getDefaultInstance());
      LeasePolicy changed = changed(old);
      if (changed.equals(old) && nothingGiven()) {
        throw remote.usage("say what to change, such as --per-token or --max-ttl");
      }
      SettingsView.print(
          remote,
          account,
          client
              .adminStub()
              .updateAccount(
                  UpdateAccountRequest.newBuilder()
                      .setAccount(account)
                      .setSettings(AccountSettings.newBuilder().setLeases(changed))
                      .setUpdateMask(FieldMask.newBuilder().addPaths("leases"))
                      .build())
              .getSettings(),
          SettingsView::leases);
      if (found.isEmpty()) {
        AccountLookup.warnOfNoTokens(remote, account);
      }
      return ExitCodes.OK;
    }
  }

  private boolean nothingGiven() {
    return perToken == null
        && perHolder == null
        && max == null
        && minTtl == null
        && maxTtl == null
        && defaultTtl == null;
  }

  private LeasePolicy changed(LeasePolicy old) {
    LeasePolicy.Builder policy = old.toBuilder();
    if (perToken != null) {
      policy.setMaxLeasesPerToken(perToken);
    }
    if (perHolder != null) {
      policy.setMaxLeasesPerHolder(perHolder);
    }
    if (max != null) {
      policy.setMaxLeases(max);
    }
    if (minTtl != null) {
      policy.setMinTtl(Times.duration(minTtl));
    }
    if (maxTtl != null) {
      policy.setMaxTtl(Times.duration(maxTtl));
    }
    if (defaultTtl != null) {
      policy.setDefaultTtl(Times.duration(defaultTtl));
    }
    return policy.build();
  }
}
