package io.tokenbroker.server.config;

import io.tokenbroker.server.log.LogConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/** Checks what no key can tell alone, and puts the parts together. */
record ConfigCheck(Settings settings, PasswordFile passwordFile, Problems problems) {

  /**
   * @throws ConfigException if anything is wrong, also what was found before
   */
  Config config() {
    ListenCheck listen = new ListenCheck(settings, problems);
    Optional<InetSocketAddress> address = listen.address();
    Optional<TlsConfig> tls = listen.tls();
    EncryptionConfig encryption = encryption();
    IdentityConfig identity = new IdentityCheck(settings, problems).identity();
    Optional<CredentialsConfig> credentials = credentials();
    Password databasePassword = password(Keys.DATABASE_PASSWORD, Keys.DATABASE_PASSWORD_FILE);
    notBelow(Keys.OUTCOME_BACKOFF_MAX, Keys.OUTCOME_BACKOFF_MIN);
    notBelow(Keys.OUTCOME_PROBE_DELAY_MAX, Keys.OUTCOME_PROBE_DELAY);
    LeaseConfig lease = lease();
    problems.throwIfAny();
    return new Config(
        new ListenConfig(
            settings.get(Keys.LISTEN), address.orElseThrow(), settings.get(Keys.INSECURE)),
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
        new RotationConfig(
            settings.get(Keys.REFRESH_INTERVAL),
            settings.get(Keys.POSITION_INTERVAL),
            settings.get(Keys.UNKNOWN_ACCOUNT_TTL),
            settings.get(Keys.MAX_SCOPES),
            settings.get(Keys.MAX_WAITERS),
            settings.get(Keys.MAX_LOADED_BYTES),
            settings.get(Keys.WAIT_MARGIN),
            settings.get(Keys.LIMIT_MARGIN),
            settings.get(Keys.TURN_TIMEOUT)),
        outcome(),
        lease,
        new ShutdownConfig(
            settings.get(Keys.SHUTDOWN_DELAY),
            settings.get(Keys.SHUTDOWN_GRACE),
            settings.get(Keys.SHUTDOWN_SAVE_GRACE)),
        new LimitsConfig(
            settings.get(Keys.MAX_CALLS_PER_CONNECTION),
            settings.get(Keys.MAX_RESETS),
            settings.get(Keys.MAX_UNSENT_BYTES),
            settings.get(Keys.MAX_MESSAGE_SIZE),
            settings.get(Keys.MAX_REQUEST_BYTES),
            settings.get(Keys.KEEPALIVE_MIN_TIME),
            settings.get(Keys.KEEPALIVE_TIME),
            settings.get(Keys.KEEPALIVE_TIMEOUT)),
        new ConnectionConfig(
            settings.get(ConnectionKeys.MAX),
            settings.get(ConnectionKeys.MAX_PER_ADDRESS),
            settings.get(ConnectionKeys.HANDSHAKE_TIMEOUT),
            settings.get(ConnectionKeys.MAX_IDLE),
            settings.get(ConnectionKeys.MAX_AGE),
            settings.get(ConnectionKeys.AGE_GRACE)),
        settings.get(Keys.CHANNELZ),
        new LogConfig(settings.get(Keys.LOG_LEVEL), settings.get(Keys.LOG_FORMAT)));
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

  private OutcomeConfig outcome() {
    return new OutcomeConfig(
        settings.get(Keys.OUTCOME_BACKOFF_MIN),
        settings.get(Keys.OUTCOME_BACKOFF_MAX),
        settings.get(Keys.OUTCOME_QUOTA_BACKOFF),
        settings.get(Keys.OUTCOME_RESET_BUFFER),
        settings.get(Keys.OUTCOME_RESET_JITTER),
        settings.get(Keys.OUTCOME_FORBIDDEN_LIMIT),
        settings.get(Keys.OUTCOME_PROBE_DELAY),
        settings.get(Keys.OUTCOME_PROBE_DELAY_MAX),
        settings.get(Keys.OUTCOME_PAUSE_TOKENS),
        settings.get(Keys.OUTCOME_PAUSE_WINDOW),
        settings.get(Keys.OUTCOME_PERSIST_OVER));
  }

  private void notBelow(Key<Duration> max, Key<Duration> min) {
    if (settings.get(max).compareTo(settings.get(min)) < 0) {
      Given given = settings.given(max).or(() -> settings.given(min)).orElseThrow();
      problems.add(given, "makes " + max.name() + " less than " + min.name());
    }
  }

  private LeaseConfig lease() {
    Duration min = settings.get(Keys.LEASE_MIN_TTL);
    Duration usual = settings.get(Keys.LEASE_DEFAULT_TTL);
    Duration max = settings.get(Keys.LEASE_MAX_TTL);
    if (min.compareTo(usual) > 0) {
      notShorter(Keys.LEASE_DEFAULT_TTL, Keys.LEASE_MIN_TTL);
    }
    if (usual.compareTo(max) > 0) {
      notShorter(Keys.LEASE_MAX_TTL, Keys.LEASE_DEFAULT_TTL);
    }
    return new LeaseConfig(
        min,
        usual,
        max,
        settings.get(Keys.LEASE_STREAM_GRACE),
        settings.get(Keys.LEASE_ON_SHUTDOWN),
        settings.get(Keys.LEASE_QUEUE));
  }

  private void notShorter(Key<Duration> longer, Key<Duration> shorter) {
    Given given =
        settings
            .given(longer)
            .or(() -> settings.given(shorter))
            .orElse(new Given(longer, settings.get(longer).toString(), "default"));
    problems.add(
        given,
        "does not go together: %s must not be shorter than %s"
            .formatted(longer.name(), shorter.name()));
  }

  private Optional<CredentialsConfig> credentials() {
    Password password = password(Keys.CREDENTIALS_PASSWORD, Keys.CREDENTIALS_PASSWORD_FILE);
    boolean url = settings.given(Keys.CREDENTIALS_URL).isPresent();
    boolean query = settings.given(Keys.CREDENTIALS_QUERY).isPresent();
    if (!url || !query) {
      Keys.ALL.stream()
          .filter(key -> key.section().equals("credentials"))
          .flatMap(key -> settings.given(key).stream())
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
