package io.tokenbroker.server.config;

import io.tokenbroker.server.alert.AlertSettings;
import io.tokenbroker.server.alert.SigningKeys;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** The keys about webhooks; part of {@link Keys#ALL}. */
final class WebhookKeys {
  private WebhookKeys() {}

  static final Key<URI> URL =
      Key.optional(
              "webhook.url",
              new JwksUrlType(),
              "https://alerts.example.com/tokenbroker",
              "Who is told when an account is low or out, a token is refused, or expires soon, see"
                  + " docs/webhooks.md. Nobody without it.")
          .asConfidential();
  static final Key<Password> SECRET =
      Key.optional(
              "webhook.secret",
              new PasswordType(),
              "whsec_Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWU=",
              "What that is signed with: whsec_ and 24 to 64 bytes in base64; two with a space"
                  + " between them, to change it. Better: webhook.secret_file.")
          .asConfidential();
  static final Key<Path> SECRET_FILE =
      Key.optional(
          "webhook.secret_file",
          new PathType(),
          "/etc/tokenbroker/webhook-secret",
          "A file with nothing but that secret, instead of webhook.secret.");
  static final Key<Path> CA_FILE =
      Key.optional(
          "webhook.ca_file",
          new PathType(),
          "/etc/tokenbroker/webhook-ca.pem",
          "CAs in PEM, one of which the receiver's certificate has to be of; without it, those that"
              + " Java trusts.");

  /**
   * Empty without webhooks, and after a problem.
   *
   * @param secret of either key
   */
  static Optional<WebhookConfig> check(
      Settings settings, Problems problems, Password secret, AlertSettings rest) {
    Optional<Given> url = settings.given(URL);
    Optional<Given> given = settings.given(SECRET).or(() -> settings.given(SECRET_FILE));
    Optional<Given> other = given.or(() -> settings.given(CA_FILE));
    if (url.isEmpty()) {
      other.ifPresent(any -> problems.add(any, "needs " + URL.name() + " as well"));
      return Optional.empty();
    }
    if (given.isEmpty()) {
      problems.add(url.get(), "needs " + SECRET.name() + " or " + SECRET_FILE.name() + " as well");
    } else if (!secret.equals(Password.NONE) && !isSecret(secret)) {
      problems.add(
          given.get(),
          "must be whsec_ and 24 to 64 bytes in base64, or two of these with a space between them;"
              + " make one: echo whsec_$(openssl rand -base64 32)");
    }
    return settings
        .find(URL)
        .map(there -> new WebhookConfig(there, secret, settings.find(CA_FILE), rest));
  }

  private static boolean isSecret(Password secret) {
    try {
      var unused = SigningKeys.parse(secret.reveal());
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
