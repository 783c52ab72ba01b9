package io.tokenbroker.server.config;

import io.tokenbroker.server.account.JobSettings;
import io.tokenbroker.server.alert.AlertSettings;
import io.tokenbroker.server.audit.AuditConfig;
import io.tokenbroker.server.fleet.FleetSettings;
import io.tokenbroker.server.grpc.CallLimits;
import io.tokenbroker.server.grpc.ConnectionLimits;
import io.tokenbroker.server.lease.LeaseSettings;
import io.tokenbroker.server.log.LogConfig;
import io.tokenbroker.server.outcome.OutcomeSettings;
import io.tokenbroker.server.rotation.RotationSettings;
import io.tokenbroker.server.security.TlsFiles;
import io.tokenbroker.server.telemetry.MetricsSettings;
import io.tokenbroker.server.web.HttpLimits;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Checks what no key can tell alone, and puts the parts together. */
record ConfigCheck(Settings settings, PasswordFile passwordFile, Problems problems) {

  /**
   * @throws ConfigException if anything is wrong, also what was found before
   */
  Config config() {
    ListenCheck listen = new ListenCheck(settings, problems);
    Optional<ListenConfig> addresses = listen.listen();
    Optional<InetSocketAddress> http = listen.http();
    Optional<TlsFiles> tls = listen.tls();
    EncryptionConfig encryption = encryption();
    IdentityConfig identity = new IdentityCheck(settings, problems).identity();
    Optional<CredentialsConfig> credentials = credentials();
    Password databasePassword = password(Keys.DATABASE_PASSWORD, Keys.DATABASE_PASSWORD_FILE);
    Keys.SETTINGS.forEach(record -> SettingKeys.check(record, settings, problems));
    Optional<FleetConfig> fleet = FleetKeys.check(settings, problems, read(FleetSettings.class));
    Optional<WebhookConfig> webhook =
        WebhookKeys.check(
            settings,
            problems,
            password(WebhookKeys.SECRET, WebhookKeys.SECRET_FILE),
            read(AlertSettings.class));
    problems.throwIfAny();
    return new Config(
        addresses.orElseThrow(),
        http.map(this::http),
        tls,
        encryption,
        identity,
        settings.find(CallerKeys.POLICY_FILE),
        settings.get(Keys.DATA),
        new DatabaseConfig(
            settings.find(Keys.DATABASE_URL),
            settings.find(Keys.DATABASE_USER),
            databasePassword,
            settings.get(Keys.DATABASE_POOL_SIZE),
            settings.get(Keys.DATABASE_QUEUE),
            settings.get(Keys.DATABASE_QUEUE_BYTES)),
        credentials,
        read(JobSettings.class),
        read(RotationSettings.class),
        read(OutcomeSettings.class),
        read(LeaseSettings.class),
        read(ShutdownConfig.class),
        read(CallLimits.class),
        read(ConnectionLimits.class),
        audit(),
        settings.get(Keys.CHANNELZ),
        fleet,
        webhook,
        read(LogConfig.class));
  }

  private HttpConfig http(InetSocketAddress address) {
    return new HttpConfig(
        settings.get(Keys.LISTEN_HTTP),
        address,
        read(HttpLimits.class),
        read(MetricsSettings.class));
  }

  private Optional<AuditConfig> audit() {
    return settings
        .find(AuditKeys.FILE)
        .map(
            file ->
                new AuditConfig(
                    file,
                    settings.find(AuditKeys.KEY_FILE),
                    settings.get(AuditKeys.MAX_FILE_SIZE),
                    settings.get(AuditKeys.BUFFER_BYTES),
                    settings.get(AuditKeys.FSYNC),
                    settings.get(AuditKeys.TURNS),
                    settings.get(AuditKeys.ON_FAILURE)));
  }

  private EncryptionConfig encryption() {
    Optional<Given> file = settings.given(EncryptionKeys.KEYSET_FILE);
    Optional<Given> direct = settings.given(EncryptionKeys.KEYSET);
    if (file.isPresent() && direct.isPresent()) {
      problems.add(
          direct.get(), "and " + file.get().describe() + " exclude each other; remove one");
    }
    Optional<Given> vault = settings.given(EncryptionKeys.VAULT_KEY);
    Optional<Given> token = settings.given(EncryptionKeys.VAULT_TOKEN_FILE);
    if (vault.isPresent() != token.isPresent()) {
      problems.add(
          vault.or(() -> token).orElseThrow(),
          "needs %s as well"
              .formatted(
                  (vault.isPresent() ? EncryptionKeys.VAULT_TOKEN_FILE : EncryptionKeys.VAULT_KEY)
                      .name()));
    } else if (vault.isPresent() && file.isEmpty()) {
      problems.add(vault.get(), "needs " + EncryptionKeys.KEYSET_FILE.name() + " as well");
    }
    return new EncryptionConfig(
        settings.find(EncryptionKeys.KEYSET_FILE),
        settings.find(EncryptionKeys.KEYSET),
        settings
            .find(EncryptionKeys.VAULT_KEY)
            .flatMap(
                url ->
                    settings
                        .find(EncryptionKeys.VAULT_TOKEN_FILE)
                        .map(tokenFile -> new VaultKey(url, tokenFile))));
  }

  private <R extends Record> R read(Class<R> type) {
    return SettingKeys.read(type, settings);
  }

  private Optional<CredentialsConfig> credentials() {
    Password password = password(Keys.CREDENTIALS_PASSWORD, Keys.CREDENTIALS_PASSWORD_FILE);
    boolean url = settings.given(Keys.CREDENTIALS_URL).isPresent();
    boolean query = settings.given(Keys.CREDENTIALS_QUERY).isPresent();
    if (!url || !query) {
      Keys.ALL.stream()
          .filter(key -> key.section().equals("credentials"))
          .flatMap(key -> settings.given(key).stream())
          // or else what --print-config shows could not be read again
          .filter(given -> !given.key().defaultValue().equals(Optional.of(given.text())))
          .findFirst()
          .ifPresent(
              given ->
                  problems.add(
                      given,
                      "needs "
                          + (url ? "" : Keys.CREDENTIALS_URL.name())
                          + (url || query ? "" : " and ")
                          + (query ? "" : Keys.CREDENTIALS_QUERY.name())
                          + " as well"));
    }
    return settings
        .find(Keys.CREDENTIALS_URL)
        .flatMap(
            there ->
                settings
                    .find(Keys.CREDENTIALS_QUERY)
                    .map(
                        select ->
                            new CredentialsConfig(
                                there,
                                settings.find(Keys.CREDENTIALS_USER),
                                password,
                                select,
                                settings.get(Keys.CREDENTIALS_POOL_SIZE))));
  }

  private Password password(Key<Password> key, Key<java.nio.file.Path> fileKey) {
    Optional<Given> inFile = settings.given(fileKey);
    Optional<Given> direct = settings.given(key);
    if (inFile.isPresent() && direct.isPresent()) {
      problems.add(
          direct.get(), "and " + inFile.get().describe() + " exclude each other; remove one");
    } else if (inFile.isPresent()) {
      return settings
          .find(fileKey)
          .flatMap(path -> passwordFile.read(path, inFile.get()))
          .orElse(Password.NONE);
    }
    return settings.find(key).orElse(Password.NONE);
  }
}
