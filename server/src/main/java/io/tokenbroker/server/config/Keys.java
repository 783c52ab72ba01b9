package io.tokenbroker.server.config;

import io.tokenbroker.server.account.JobSettings;
import io.tokenbroker.server.alert.AlertSettings;
import io.tokenbroker.server.fleet.FleetSettings;
import io.tokenbroker.server.grpc.CallLimits;
import io.tokenbroker.server.grpc.ConnectionLimits;
import io.tokenbroker.server.lease.LeaseSettings;
import io.tokenbroker.server.log.LogConfig;
import io.tokenbroker.server.outcome.OutcomeSettings;
import io.tokenbroker.server.rotation.RotationSettings;
import io.tokenbroker.server.telemetry.MetricsSettings;
import io.tokenbroker.server.web.HttpLimits;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every key there is: the one table behind parsing, messages, help, documents and their test. Most
 * are declared where they are used, as {@link io.tokenbroker.server.model.Setting}s; here are those
 * whose values are looked into before they are of use.
 */
final class Keys {
  private static final MemoryType MEMORY = new MemoryType(Runtime.getRuntime().maxMemory());

  static final Key<ListenAddress> LISTEN =
      Key.<ListenAddress>of(
              "listen",
              new ListenAddressType(),
              "127.0.0.1:50051",
              "Where to accept calls; port 0 takes any free one. unix:PATH is a Unix domain socket,"
                  + " whose callers are uid:NUMBER.")
          .withFlag();
  static final Key<ListenAddress> LISTEN_ADMIN =
      Key.optional(
          "listen_admin",
          new ListenAddressType(),
          "127.0.0.1:50052",
          "Where to accept the calls of the control plane instead, and channelz: listen refuses"
              + " them then.");
  static final Key<Set<PosixFilePermission>> LISTEN_SOCKET_MODE =
      Key.of(
          "listen_socket_mode",
          new FileModeType(),
          "0600",
          "Who may connect to Unix sockets: with 0660 the group of the socket too, with 0666 every"
              + " user of this machine.");
  static final Key<HostPort> LISTEN_HTTP =
      Key.optional(
          "listen_http",
          new HostPortType(),
          "127.0.0.1:50052",
          "Where to accept HTTP, with /livez, /readyz, /metrics, and all calls in JSON; nowhere"
              + " without it.");
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

  static final Key<Boolean> CHANNELZ =
      Key.of(
          "channelz",
          new SwitchType(),
          "false",
          "Serves grpc.channelz.v1 for debugging connections; it shows peers' addresses.");

  /** The records whose components declare the other keys. */
  static final List<Class<? extends Record>> SETTINGS =
      List.of(
          JobSettings.class,
          LeaseSettings.class,
          RotationSettings.class,
          OutcomeSettings.class,
          FleetSettings.class,
          ShutdownConfig.class,
          CallLimits.class,
          ConnectionLimits.class,
          HttpLimits.class,
          MetricsSettings.class,
          AlertSettings.class,
          LogConfig.class);

  /** In the order of the documents, sections together. */
  static final List<Key<?>> ALL =
      bySection(
          Stream.concat(
              Stream.of(
                  LISTEN,
                  LISTEN_ADMIN,
                  LISTEN_SOCKET_MODE,
                  LISTEN_HTTP,
                  INSECURE,
                  DATA,
                  CHANNELZ,
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
                  TlsKeys.CERT_FILE,
                  TlsKeys.KEY_FILE,
                  TlsKeys.CLIENT_CA_FILE,
                  TlsKeys.MIN_VERSION,
                  CallerKeys.CERTIFICATE_NAMES,
                  CallerKeys.KEYS,
                  CallerKeys.JWKS_FILE,
                  CallerKeys.JWKS_URL,
                  CallerKeys.ISSUER,
                  CallerKeys.AUDIENCE,
                  CallerKeys.ALGORITHMS,
                  CallerKeys.POLICY_FILE,
                  AuditKeys.FILE,
                  AuditKeys.KEY_FILE,
                  AuditKeys.MAX_FILE_SIZE,
                  AuditKeys.BUFFER_BYTES,
                  AuditKeys.FSYNC,
                  AuditKeys.TURNS,
                  AuditKeys.ON_FAILURE,
                  EncryptionKeys.KEYSET_FILE,
                  EncryptionKeys.KEYSET,
                  EncryptionKeys.VAULT_KEY,
                  EncryptionKeys.VAULT_TOKEN_FILE,
                  WebhookKeys.URL,
                  WebhookKeys.SECRET,
                  WebhookKeys.SECRET_FILE,
                  WebhookKeys.CA_FILE,
                  FleetKeys.ADVERTISE),
              SETTINGS.stream().flatMap(SettingKeys::of)));

  private static final Map<String, Key<?>> BY_NAME = by(Key::name);
  private static final Map<String, Key<?>> BY_VARIABLE = by(Key::environmentVariable);
  private static final Set<String> SECTIONS =
      ALL.stream().map(Key::section).filter(name -> !name.isEmpty()).collect(Collectors.toSet());

  /** What stands in a file where a key may. */
  static final Suggestion NAMES =
      new Suggestion(Stream.concat(BY_NAME.keySet().stream(), SECTIONS.stream()));

  static final Suggestion VARIABLES = new Suggestion(BY_VARIABLE.keySet().stream());

  private Keys() {}

  private static Map<String, Key<?>> by(Function<Key<?>, String> name) {
    Map<String, Key<?>> keys = new LinkedHashMap<>();
    ALL.forEach(key -> keys.put(name.apply(key), key));
    return keys;
  }

  private static List<Key<?>> bySection(Stream<Key<?>> keys) {
    return keys
        .collect(Collectors.groupingBy(Key::section, LinkedHashMap::new, Collectors.toList()))
        .values()
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  static Optional<Key<?>> byName(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  static Optional<Key<?>> byVariable(String name) {
    return Optional.ofNullable(BY_VARIABLE.get(name));
  }

  static boolean isSection(String name) {
    return SECTIONS.contains(name);
  }
}
