package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.account.QuarantineListener;
import io.tokenbroker.server.account.Schedule;
import io.tokenbroker.server.alert.AccountAlerts;
import io.tokenbroker.server.alert.AlertTexts;
import io.tokenbroker.server.alert.Deliveries;
import io.tokenbroker.server.alert.HttpReceiver;
import io.tokenbroker.server.alert.SigningKeys;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.WebhookConfig;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.outcome.Outcome;
import io.tokenbroker.server.rotation.LoadedAccounts;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** Those who are told of accounts and tokens, wired together. Thread-safe. */
final class Webhooks {
  private static final Duration TICK = Duration.ofSeconds(1);

  /** At a stop, for a receiver that takes what it is told. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final AlertTexts texts;
  private final Deliveries deliveries;
  private final AccountAlerts accounts;

  /** This machine's, once it is known. */
  private volatile String host = "";

  /**
   * Empty if nobody is to be told.
   *
   * @param trust of {@link #trust}
   * @param member as whom the fleet knows this broker; empty if it does not
   * @param thread for what takes its time
   */
  static Optional<Webhooks> of(
      Config config,
      Optional<SSLContext> trust,
      Supplier<String> member,
      LoadedAccounts loaded,
      Schedule jobs,
      Executor thread,
      InstantSource clock) {
    return config
        .webhook()
        .map(there -> new Webhooks(there, trust, member, loaded, jobs, thread, clock));
  }

  private Webhooks(
      WebhookConfig config,
      Optional<SSLContext> trust,
      Supplier<String> member,
      LoadedAccounts loaded,
      Schedule jobs,
      Executor thread,
      InstantSource clock) {
    texts =
        new AlertTexts(
            () -> {
              String name = member.get();
              return name.isEmpty() ? host : name;
            });
    deliveries =
        new Deliveries(
            receiver(config, trust, BrokerDaemon.version()),
            config.settings(),
            jobs::after,
            thread,
            System::nanoTime,
            clock,
            bound -> ThreadLocalRandom.current().nextLong(bound));
    accounts =
        new AccountAlerts(
            loaded, config.settings(), texts, deliveries::offer, System::nanoTime, clock);
    thread.execute(() -> host = hostName());
    jobs.repeat(TICK, () -> CompletableFuture.runAsync(accounts::look, thread));
  }

  static HttpReceiver receiver(WebhookConfig config, Optional<SSLContext> trust, String version) {
    return new HttpReceiver(
        config.url(),
        SigningKeys.parse(config.secret().reveal()),
        trust,
        config.settings().timeout(),
        version.isEmpty() ? "tokenbroker" : "tokenbroker/" + version);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
  }

  /** What a receiver's certificate is held against; empty for what Java trusts. */
  static Optional<SSLContext> trust(WebhookConfig config) throws TlsException {
    return config.caFile().isPresent()
        ? Optional.of(TrustedCas.of("webhook.ca_file", config.caFile().get()))
        : Optional.empty();
  }

  /** Who is to hear of tokens that are refused. */
  static QuarantineListener quarantines(Optional<Webhooks> webhooks) {
    return webhooks
        .<QuarantineListener>map(told -> told::quarantined)
        .orElse(QuarantineListener.NONE);
  }

  /** An account has changed. */
  void changed(AccountId account) {
    accounts.changed(account);
  }

  private void quarantined(AccountId account, Reported reported, Outcome outcome) {
    Quarantine quarantine = reported.health().quarantine();
    if (quarantine != null) {
      deliveries.offer(
          texts.quarantined(
              account,
              reported.state().token(),
              outcome.name().toLowerCase(Locale.ROOT),
              quarantine.since()));
    }
  }

  Deliveries.Counts counts() {
    return deliveries.counts();
  }

  /** Waits a moment, if the receiver takes what is left. */
  void close() {
    try {
      deliveries.settled().get(GRACE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // then not
    }
    deliveries.close();
  }
}
