package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.alert.Answer;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.WebhookConfig;
import io.tokenbroker.server.model.Failures;
import java.io.IOException;
import java.time.InstantSource;

/** Whether who is to be told can be reached; nobody is told anything. */
final class WebhookCheck {
  private static final String SUBJECT = "webhook";

  private WebhookCheck() {}

  static void look(Config config, InstantSource clock, Findings findings) {
    config.webhook().ifPresent(webhook -> look(webhook, clock, findings));
  }

  private static void look(WebhookConfig webhook, InstantSource clock, Findings findings) {
    // the rest of the URL may be all that a receiver asks for
    String host = webhook.url().getHost();
    try {
      Answer answer = Webhooks.receiver(webhook, Webhooks.trust(webhook), "").look(clock.instant());
      findings.ok(SUBJECT, "%s answers (HTTP status %d)".formatted(host, answer.status()));
    } catch (TlsException e) {
      findings.fail(SUBJECT, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      findings.warn(
          SUBJECT,
          "%s does not answer (%s)".formatted(host, Failures.cause(e).getClass().getSimpleName()),
          "Look at webhook.url, the receiver, and webhook.ca_file.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
