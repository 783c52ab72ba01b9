package io.tokenbroker.server.config;

import io.tokenbroker.server.log.LogConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Every key there is: the one table behind parsing, messages, help, documents and their test. */
final class Keys {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  private static final MemoryType MEMORY = new MemoryType(Runtime.getRuntime().maxMemory());

  static final Key<HostPort> LISTEN =
      Key.of(
              "listen",
              new HostPortType(),
              "127.0.0.1:50051",
              "Where to accept calls; port 0 takes any free one.")
          .withFlag();
  static final Key<Boolean> INSECURE =
      Key.of(
              "insecure",
              new SwitchType(),
              "false",
              "Allows plain text, or callers whom nobody knows, on an address other than loopback."
                  + " Whoever reaches it gets every secret.")
          .withFlag();
  static final Key<Path> DATA =
      Key.of(
              "data",
              new PathType(),
              "./tokenbroker-data",
              "The directory of the embedded database; not used with database.url.")
          .withFlag();

  static final Key<JdbcUrl> DATABASE_URL =
      Key.optional(
              "database.url",
              new JdbcUrlType(),
              "jdbc:mysql://db.example.com:3306/tokenbroker",
              "The database that keeps tokens and positions. Without it, an embedded one in the"
                  + " data directory.")
          .asConfidential();
  static final Key<String> DATABASE_USER =
      Key.optional(
          "database.user",
          new TextType(255, false),
          "tokenbroker",
          "Who to log in to the database as.");
  static final Key<Password> DATABASE_PASSWORD =
      Key.optional(
              "database.password",
              new PasswordType(),
              "change-me",
              "The password of that user. Better: database.password_file.")
          .asConfidential();
  static final Key<Path> DATABASE_PASSWORD_FILE =
      Key.optional(
          "database.password_file",
          new PathType(),
          "/etc/tokenbroker/db-password",
          "A file with nothing but the password, instead of database.password.");
  static final Key<Integer> DATABASE_POOL_SIZE =
      Key.of(
          "database.pool_size",
          new NumberType(1, 100),
          "8",
          "How many connections to the database, and threads that use them.");
  static final Key<Integer> DATABASE_QUEUE =
      Key.of(
          "database.queue",
          new NumberType(1, 100_000),
          "1000",
          "How many database tasks may wait; beyond, callers get UNAVAILABLE.");
  static final Key<Long> DATABASE_QUEUE_BYTES =
      Key.of(
          "database.queue_bytes",
          MEMORY,
          "12%",
          "How much memory those that add tokens may take, waiting or at work; beyond, callers get"
              + " UNAVAILABLE.");

  static final Key<JdbcUrl> CREDENTIALS_URL =
      Key.optional(
              "credentials.url",
              new JdbcUrlType(),
              "jdbc:mysql://db.example.com:3306/webapp",
              "The database of an existing credentials table, which is only read. Needs"
                  + " credentials.query.")
          .asConfidential();
  static final Key<String> CREDENTIALS_USER =
      Key.optional(
          "credentials.user",
          new TextType(255, false),
          "tokenbroker_reader",
          "Who to log in there as; needs no more than SELECT.");
  static final Key<Password> CREDENTIALS_PASSWORD =
      Key.optional(
              "credentials.password",
              new PasswordType(),
              "change-me",
              "The password of that user. Better: credentials.password_file.")
          .asConfidential();
  static final Key<Path> CREDENTIALS_PASSWORD_FILE =
      Key.optional(
          "credentials.password_file",
          new PathType(),
          "/etc/tokenbroker/credentials-password",
          "A file with nothing but the password, instead of credentials.password.");
  static final Key<String> CREDENTIALS_QUERY =
      Key.optional(
          "credentials.query",
          new TextType(10_000, true),
          "SELECT account_id AS account, id, token AS secret FROM app_authmodel",
          "One SELECT that gives account, id and secret for every token. Needs credentials.url.");
  static final Key<Integer> CREDENTIALS_POOL_SIZE =
      Key.of(
          "credentials.pool_size",
          new NumberType(1, 100),
          "4",
          "How many connections to that database.");

  static final Key<Duration> REFRESH_INTERVAL =
      Key.of(
          "refresh_interval",
          new DurationType(Duration.ofMillis(100), Duration.ofHours(1)),
          "5s",
          "How often to look for tokens that were changed behind the broker's back.");
  static final Key<Duration> POSITION_INTERVAL =
      Key.of(
          "position_interval",
          new DurationType(Duration.ofMillis(100), Duration.ofMinutes(1)),
          "1s",
          "How often to save positions; a crash repeats at most the turns since.");
  static final Key<Duration> UNKNOWN_ACCOUNT_TTL =
      Key.of(
          "unknown_account_ttl",
          new DurationType(Duration.ZERO, Duration.ofMinutes(1)),
          "1s",
          "How long to remember that an account does not exist; 0s asks the database every time.");

  static final Key<Duration> LEASE_MIN_TTL =
      Key.of(
          "lease.min_ttl",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(24)),
          "1s",
          "The shortest TTL of a lease, for accounts with no bound of their own.");
  static final Key<Duration> LEASE_DEFAULT_TTL =
      Key.of(
          "lease.default_ttl",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(24)),
          "30s",
          "The TTL of a lease that is asked for without one, for accounts with none of their own.");
  static final Key<Duration> LEASE_MAX_TTL =
      Key.of(
          "lease.max_ttl",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(24)),
          "1h",
          "The longest TTL of a lease, for accounts with no bound of their own.");
  static final Key<Duration> LEASE_STREAM_GRACE =
      Key.of(
          "lease.stream_grace",
          new DurationType(Duration.ZERO, Duration.ofHours(24)),
          "24h",
          "How long the leases of a broken stream wait for their holder to come back; at most their"
              + " TTL. With less than their TTL, others may have them while a holder that was cut"
              + " off still relies on them.");
  static final Key<LeaseConfig.OnShutdown> LEASE_ON_SHUTDOWN =
      Key.of(
          "lease.on_shutdown",
          new ChoiceType<>(LeaseConfig.OnShutdown.class),
          "keep",
          "What a stop does with the leases of streams: keep leaves them to be picked up through"
              + " another broker, or the next process, until they expire.");
  static final Key<Integer> LEASE_QUEUE =
      Key.of(
          "lease.queue",
          new NumberType(1, 1_000_000),
          "10000",
          "How many changes of leases may wait for the database; beyond, callers get UNAVAILABLE.");
  static final Key<Integer> MAX_SCOPES =
      Key.of(
          "rotation.max_scopes",
          new NumberType(1, 10_000),
          "64",
          "How many scopes one account may have; one that no token cools for and nobody waits in"
              + " makes room when it is needed.");
  static final Key<Integer> MAX_WAITERS =
      Key.of(
          "rotation.max_waiters",
          new NumberType(0, 1_000_000),
          "10000",
          "How many calls may wait for tokens of one account; beyond, callers get"
              + " RESOURCE_EXHAUSTED.");
  static final Key<Long> MAX_LOADED_BYTES =
      Key.of(
          "rotation.max_loaded_bytes",
          MEMORY,
          "25%",
          "How much memory loaded accounts may take, by a careful estimate; beyond, the longest"
              + " unused are put out, and if all are in use, accounts that are not loaded get"
              + " UNAVAILABLE.");
  static final Key<Duration> WAIT_MARGIN =
      Key.of(
          "rotation.wait_margin",
          new DurationType(Duration.ZERO, Duration.ofSeconds(10)),
          "50ms",
          "How long before its deadline a waiting call gives up, so that its caller hears why.");
  static final Key<Duration> LIMIT_MARGIN =
      Key.of(
          "rotation.limit_margin",
          new DurationType(Duration.ZERO, Duration.ofSeconds(10)),
          "50ms",
          "What is added to the windows of rate limits, because calls reach the upstream with"
              + " different delays.");
  static final Key<Duration> TURN_TIMEOUT =
      Key.of(
          "rotation.turn_timeout",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(1)),
          "60s",
          "When a turn that nobody reported no longer counts against max_concurrent.");

  static final Key<Duration> OUTCOME_BACKOFF_MIN =
      Key.of(
          "outcome.backoff_min",
          new DurationType(Duration.ofMillis(100), Duration.ofHours(1)),
          "1s",
          "How long a token cools after RATE_LIMITED without a time; doubles with each further one.");

  static final Key<Duration> OUTCOME_BACKOFF_MAX =
      Key.of(
          "outcome.backoff_max",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(24)),
          "5m",
          "How far that doubles.");

  static final Key<Duration> OUTCOME_QUOTA_BACKOFF =
      Key.of(
          "outcome.quota_backoff",
          new DurationType(Duration.ofMinutes(1), Duration.ofHours(24)),
          "1h",
          "How long a token cools after QUOTA_EXHAUSTED without a time; doubles up to 24h.");

  static final Key<Duration> OUTCOME_RESET_BUFFER =
      Key.of(
          "outcome.reset_buffer",
          new DurationType(Duration.ZERO, Duration.ofMinutes(1)),
          "1s",
          "Is added to the times that upstreams tell, for clocks differ.");

  static final Key<Duration> OUTCOME_RESET_JITTER =
      Key.of(
          "outcome.reset_jitter",
          new DurationType(Duration.ZERO, Duration.ofMinutes(1)),
          "1s",
          "The most that is added at random on top of that, so that not all come back at once.");

  static final Key<Integer> OUTCOME_FORBIDDEN_LIMIT =
      Key.of(
          "outcome.forbidden_limit",
          new NumberType(1, 1_000),
          "3",
          "How many FORBIDDEN in a row put a token into quarantine.");

  static final Key<Duration> OUTCOME_PROBE_DELAY =
      Key.of(
          "outcome.probe_delay",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(24)),
          "1m",
          "When a token in quarantine is tried again; doubles with each try.");

  static final Key<Duration> OUTCOME_PROBE_DELAY_MAX =
      Key.of(
          "outcome.probe_delay_max",
          new DurationType(Duration.ofSeconds(1), Duration.ofDays(30)),
          "24h",
          "How far that doubles.");

  static final Key<Integer> OUTCOME_PAUSE_TOKENS =
      Key.of(
          "outcome.pause_tokens",
          new NumberType(3, 1_000_000),
          "5",
          "How many tokens of an account must be limited at once for the whole account to pause.");

  static final Key<Duration> OUTCOME_PAUSE_WINDOW =
      Key.of(
          "outcome.pause_window",
          new DurationType(Duration.ofMillis(100), Duration.ofMinutes(1)),
          "2s",
          "How close together that must be.");

  static final Key<Duration> OUTCOME_PERSIST_OVER =
      Key.of(
          "outcome.persist_over",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(1)),
          "10s",
          "A cooldown that lasts longer is saved, to be known after a restart.");

  static final Key<Duration> SHUTDOWN_DELAY =
      Key.of(
          "shutdown.delay",
          new DurationType(Duration.ZERO, Duration.ofMinutes(10)),
          "0s",
          "How long health says NOT_SERVING before connections are told to go, for load balancers"
              + " to notice.");
  static final Key<Duration> SHUTDOWN_GRACE =
      Key.of(
          "shutdown.grace",
          new DurationType(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "10s",
          "How long calls in flight may take after that before they are cut off.");
  static final Key<Duration> SHUTDOWN_SAVE_GRACE =
      Key.of(
          "shutdown.save_grace",
          new DurationType(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "10s",
          "How long the last positions and states may take to be saved after that.");

  static final Key<Integer> MAX_CALLS_PER_CONNECTION =
      Key.of(
          "limits.max_calls_per_connection",
          new NumberType(1, 100_000),
          "1000",
          "How many calls and streams one connection may have open at once.");
  static final Key<Integer> MAX_RESETS =
      Key.of(
          "limits.max_resets",
          new NumberType(100, 1_000_000),
          "3000",
          "How many calls a connection may cancel within 10 s; one that cancels more is"
              + " disconnected.");
  static final Key<Integer> MAX_UNSENT_BYTES =
      Key.of(
          "limits.max_unsent_bytes",
          new SizeType(4 * MIB, 1024 * MIB),
          "64MiB",
          "How much memory answers may take that callers do not read; a connection may have as"
              + " much as is left for all others, and its calls get UNAVAILABLE beyond.");
  static final Key<Integer> MAX_MESSAGE_SIZE =
      Key.of(
          "limits.max_message_size",
          new SizeType(64 * KIB, 64 * MIB),
          "4MiB",
          "The largest request that is accepted.");
  static final Key<Long> MAX_REQUEST_BYTES =
      Key.of(
          "limits.max_request_bytes",
          MEMORY,
          "25%",
          "How much memory open calls may take with their requests, each 4 KiB and twice its"
              + " request; a connection may have as much as is left for all others, and gets"
              + " UNAVAILABLE beyond.");
  static final Key<Duration> KEEPALIVE_MIN_TIME =
      Key.of(
          "keepalive.min_time",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(1)),
          "10s",
          "How often a client may ping at most; one that pings more is disconnected.");
  static final Key<Duration> KEEPALIVE_TIME =
      Key.of(
          "keepalive.time",
          new DurationType(Duration.ofSeconds(1), Duration.ofHours(1)),
          "20s",
          "After how much silence on a connection the broker asks whether its client is there.");
  static final Key<Duration> KEEPALIVE_TIMEOUT =
      Key.of(
          "keepalive.timeout",
          new DurationType(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "10s",
          "How long it waits for an answer before it takes the client for gone.");

  static final Key<Boolean> CHANNELZ =
      Key.of(
          "channelz",
          new SwitchType(),
          "false",
          "Serves grpc.channelz.v1 for debugging connections; it shows peers' addresses.");
  static final Key<LogConfig.Level> LOG_LEVEL =
      Key.of(
          "log.level",
          new ChoiceType<>(LogConfig.Level.class),
          "info",
          "The least severity that is logged. Libraries never log below info, for they would show"
              + " secrets.");
  static final Key<LogConfig.Format> LOG_FORMAT =
      Key.of(
          "log.format",
          new ChoiceType<>(LogConfig.Format.class),
          "auto",
          "How log lines look; auto is text if standard error is a terminal, else json.");

  /** In the order of the documents, sections together. */
  static final List<Key<?>> ALL =
      List.of(
          LISTEN,
          INSECURE,
          DATA,
          DATABASE_URL,
          DATABASE_USER,
          DATABASE_PASSWORD,
          DATABASE_PASSWORD_FILE,
          DATABASE_POOL_SIZE,
          DATABASE_QUEUE,
          DATABASE_QUEUE_BYTES,
          CREDENTIALS_URL,
          CREDENTIALS_USER,
          CREDENTIALS_PASSWORD,
          CREDENTIALS_PASSWORD_FILE,
          CREDENTIALS_QUERY,
          CREDENTIALS_POOL_SIZE,
          REFRESH_INTERVAL,
          POSITION_INTERVAL,
          UNKNOWN_ACCOUNT_TTL,
          LEASE_MIN_TTL,
          LEASE_DEFAULT_TTL,
          LEASE_MAX_TTL,
          LEASE_STREAM_GRACE,
          LEASE_ON_SHUTDOWN,
          LEASE_QUEUE,
          MAX_SCOPES,
          MAX_WAITERS,
          MAX_LOADED_BYTES,
          WAIT_MARGIN,
          LIMIT_MARGIN,
          TURN_TIMEOUT,
          OUTCOME_BACKOFF_MIN,
          OUTCOME_BACKOFF_MAX,
          OUTCOME_QUOTA_BACKOFF,
          OUTCOME_RESET_BUFFER,
          OUTCOME_RESET_JITTER,
          OUTCOME_FORBIDDEN_LIMIT,
          OUTCOME_PROBE_DELAY,
          OUTCOME_PROBE_DELAY_MAX,
          OUTCOME_PAUSE_TOKENS,
          OUTCOME_PAUSE_WINDOW,
          OUTCOME_PERSIST_OVER,
          SHUTDOWN_DELAY,
          SHUTDOWN_GRACE,
          SHUTDOWN_SAVE_GRACE,
          MAX_CALLS_PER_CONNECTION,
          MAX_RESETS,
          MAX_UNSENT_BYTES,
          MAX_MESSAGE_SIZE,
          MAX_REQUEST_BYTES,
          KEEPALIVE_MIN_TIME,
          KEEPALIVE_TIME,
          KEEPALIVE_TIMEOUT,
          TlsKeys.CERT_FILE,
          TlsKeys.KEY_FILE,
          TlsKeys.CLIENT_CA_FILE,
          TlsKeys.MIN_VERSION,
          EncryptionKeys.KEYSET_FILE,
          EncryptionKeys.KEYSET,
          EncryptionKeys.VAULT_KEY,
          EncryptionKeys.VAULT_TOKEN_FILE,
          CallerKeys.CERTIFICATE_NAMES,
          CallerKeys.KEYS,
          CallerKeys.JWKS_FILE,
          CallerKeys.JWKS_URL,
          CallerKeys.ISSUER,
          CallerKeys.AUDIENCE,
          CallerKeys.ALGORITHMS,
          CallerKeys.POLICY_FILE,
          ConnectionKeys.MAX,
          ConnectionKeys.MAX_PER_ADDRESS,
          ConnectionKeys.HANDSHAKE_TIMEOUT,
          ConnectionKeys.MAX_IDLE,
          ConnectionKeys.MAX_AGE,
          ConnectionKeys.AGE_GRACE,
          CHANNELZ,
          LOG_LEVEL,
          LOG_FORMAT);

  private Keys() {}

  static Optional<Key<?>> byName(String name) {
    return ALL.stream().<Key<?>>map(key -> key).filter(key -> key.name().equals(name)).findFirst();
  }

  static boolean isSection(String name) {
    return !name.isEmpty() && ALL.stream().anyMatch(key -> key.section().equals(name));
  }
}
