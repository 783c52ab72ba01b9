package io.tokenbroker.client.cli;

import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.LeasePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The settings of an account as they are printed. */
final class SettingsView {
  private SettingsView() {}

  static JsonLine json(AccountSettings settings) {
    JsonLine json = new JsonLine();
    if (settings.hasTokenLimits()) {
      json.putObject("token_limits", LimitText.json(settings.getTokenLimits()));
    }
    if (settings.hasLeases()) {
      json.putObject("leases", json(settings.getLeases()));
    }
    return json;
  }

  /**
   * @param changed the line for people about what was changed
   */
  static void print(
      Remote remote,
      String account,
      AccountSettings settings,
      Function<AccountSettings, String> changed) {
    if (remote.json()) {
      remote
          .out()
          .println(
              new JsonLine().put("account", account).putObject("settings", json(settings)).end());
    } else {
      remote.out().println(changed.apply(settings));
    }
  }

  /** For people, as {@link #leases}. */
  static String limits(AccountSettings settings) {
    return "limits of each token: " + Visible.text(LimitText.of(settings.getTokenLimits()));
  }

  static String leases(AccountSettings settings) {
    return "leases: " + text(settings.getLeases());
  }

  private static String text(LeasePolicy policy) {
    List<String> parts = new ArrayList<>();
    int perToken = Math.max(1, policy.getMaxLeasesPerToken());
    parts.add(perToken == 1 ? "one per token" : "up to " + perToken + " per token");
    if (policy.getMaxLeasesPerHolder() != 0) {
      parts.add("up to " + policy.getMaxLeasesPerHolder() + " per holder");
    }
    if (policy.getMaxLeases() != 0) {
      parts.add("up to " + policy.getMaxLeases() + " in all");
    }
    if (policy.hasMinTtl()) {
      parts.add("TTL from " + Times.text(Times.duration(policy.getMinTtl())));
    }
    if (policy.hasMaxTtl()) {
      parts.add("TTL up to " + Times.text(Times.duration(policy.getMaxTtl())));
    }
    if (policy.hasDefaultTtl()) {
      parts.add("TTL by default " + Times.text(Times.duration(policy.getDefaultTtl())));
    }
    return String.join(", ", parts);
  }

  private static JsonLine json(LeasePolicy policy) {
    JsonLine json =
        new JsonLine()
            .put("max_leases_per_token", Math.max(1, policy.getMaxLeasesPerToken()))
            .put("max_leases", policy.getMaxLeases())
            .put("max_leases_per_holder", policy.getMaxLeasesPerHolder());
    if (policy.hasMinTtl()) {
      json.put("min_ttl_seconds", Times.seconds(policy.getMinTtl()));
    }
    if (policy.hasMaxTtl()) {
      json.put("max_ttl_seconds", Times.seconds(policy.getMaxTtl()));
    }
    if (policy.hasDefaultTtl()) {
      json.put("default_ttl_seconds", Times.seconds(policy.getDefaultTtl()));
    }
    return json;
  }
}
