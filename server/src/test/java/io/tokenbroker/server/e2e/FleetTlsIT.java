package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.client.BrokerErrors;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Brokers of a fleet that know each other, and their callers, by certificates. */
class FleetTlsIT {
  private static final List<String> ACCOUNTS =
      IntStream.range(0, 30).mapToObj(i -> "account-" + i).toList();
  private static final String CLIENT = "spiffe://tokenbroker.local/client";
  private static final String POLICY =
      """
      rules:
        - callers: ["spiffe://tokenbroker.local/admin"]
          accounts: ["*"]
          may: [admin.read, admin.write]
        - callers: ["spiffe://tokenbroker.local/client"]
          accounts: ["account-*"]
          may: [next, lease]
        - callers: ["spiffe://tokenbroker.local/server"]
          accounts: ["account-*"]
          may: [next]
      """;
  private static final Metadata.Key<String> OWNER = key("tokenbroker-owner");
  private static final Metadata.Key<String> PEER_KEY = key("tokenbroker-peer-key");
  private static final Metadata.Key<String> PEER_CALLER = key("tokenbroker-peer-caller");

  @TempDir static Path certificates;
  private static Path ours;
  private static Path others;
  private static DatabaseServer server;

  @TempDir Path directory;
  @RegisterExtension final BrokerLogs brokers = new BrokerLogs();

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @BeforeAll
  static void begin() throws Exception {
    ours = selfSigned("ours");
    others = selfSigned("others");
    server = DatabaseServer.launch(Product.MARIADB);
  }

  @AfterAll
  static void end() {
    if (server != null) {
      server.close();
    }
  }

  private static Path selfSigned(String name) throws InterruptedException {
    Path where = certificates.resolve(name);
    Cli.Result made = Cli.run(Map.of(), "", "tls", "self-signed", where.toString());
    assertThat(made.exit()).as(made.err()).isZero();
    return where;
  }

  private Broker start(DatabaseSettings database, String name, Path certificate) throws Exception {
    Map<String, String> settings = new HashMap<>();
    settings.put("FLEET_ADVERTISE", "auto");
    settings.put("POLICY_FILE", Files.writeString(directory.resolve("policy"), POLICY).toString());
    settings.put("AUDIT_FILE", audit(name).toString());
    settings.put("AUDIT_TURNS", "each");
    settings.put("TLS_CERT_FILE", certificate.resolve("server.pem").toString());
    settings.put("TLS_KEY_FILE", certificate.resolve("server.key").toString());
    settings.put("TLS_CLIENT_CA_FILE", certificate.resolve("ca.pem").toString());
    return brokers.start(directory, OwnDatabase.settings(database, settings));
  }

  private Path audit(String name) {
    return directory.resolve(name + ".jsonl");
  }

  /** Who had turns of an account, as a broker has written it down. */
  private List<String> callersOf(String account, String broker) {
    try {
      return Files.readAllLines(audit(broker)).stream()
          .map(line -> JsonParser.parseString(line).getAsJsonObject())
          .filter(one -> one.get("type").getAsString().startsWith("turn"))
          .filter(one -> account.equals(text(one, "account")))
          .map(one -> text(one, "caller"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(JsonObject object, String name) {
    return object.has(name) ? object.get(name).getAsString() : "";
  }

  private static Caller as(String who, Broker broker) {
    return Caller.withTls(broker.endpoint(), ours, ours, who);
  }

  private static void add(Caller operator) {
    for (String account : ACCOUNTS) {
      List<String> unused = operator.add(account, 3, 1);
    }
  }

  @Test
  void aCallThatIsHandedOnIsItsCallers() throws Exception {
    DatabaseSettings database = OwnDatabase.withPassword(server, "identity");
    try (Broker one = start(database, "one", ours);
        Broker two = start(database, "two", ours);
        Caller operator = as("admin", one);
        Caller client = as("client", one);
        Caller other = as("server", two)) {
      add(operator);
      FleetOwners.awaitShares(operator, ACCOUNTS, 2);
      String account = FleetOwners.ownedBy(operator, ACCOUNTS, two).get(0);

      AtomicReference<Metadata> headers = new AtomicReference<>();
      AtomicReference<Metadata> trailers = new AtomicReference<>();
      Turn turn =
          client
              .data()
              .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
              .nextToken(Caller.request(account))
              .getTurn();
      assertThat(turn.getNumber()).isOne();
      assertThat(trailers.get().get(OWNER)).isEqualTo(two.endpoint());
      Eventually.until("it is written down", () -> !callersOf(account, "two").isEmpty());
      assertThat(callersOf(account, "two")).containsOnly(CLIENT);
      assertThat(callersOf(account, "one")).isEmpty();

      // what the operator may not is refused, although the broker between them may
      assertThat(Failures.textOf(() -> operator.next(account)))
          .isEqualTo("PERMISSION_DENIED PERMISSION_DENIED");
      Lease lease =
          client
              .data()
              .acquireLease(
                  AcquireLeaseRequest.newBuilder().setAccount(account).setHolder("h").build())
              .getLease();
      assertThat(Failures.textOf(() -> release(other, lease)))
          .isEqualTo("PERMISSION_DENIED PERMISSION_DENIED");
      assertThat(release(client, lease)).isTrue();
    }
  }

  private static boolean release(Caller caller, Lease lease) {
    return !caller
        .data()
        .releaseLease(
            ReleaseLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .build())
        .getAlreadyEnded();
  }

  @Test
  void whoIsNoPeerSpeaksForNobodyElse() throws Exception {
    DatabaseSettings database = OwnDatabase.withPassword(server, "forged");
    try (Broker one = start(database, "one", ours);
        Broker two = start(database, "two", ours);
        Caller operator = as("admin", one);
        Caller client = as("client", two);
        Caller stranger = Caller.withTls(two.endpoint(), ours, others, "client")) {
      add(operator);
      FleetOwners.awaitShares(operator, ACCOUNTS, 2);
      String account = FleetOwners.ownedBy(operator, ACCOUNTS, two).get(0);
      Map<String, String> keys = keys("forged");
      for (String key : List.of("guessed", keys.get(one.endpoint()))) {
        StatusRuntimeException failure = Failures.of(() -> asAdmin(client, key));
        assertThat(Failures.text(failure)).isEqualTo("UNAUTHENTICATED UNAUTHENTICATED");
        assertThat(BrokerErrors.metadata(failure, "cause")).contains("not_a_peer");
      }
      // a peer's word is taken only where its certificate is
      assertThat(Failures.of(() -> asAdmin(stranger, keys.get(two.endpoint()))).getStatus())
          .extracting(Status::getCode)
          .isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(client.next(account).getNumber()).isOne();
    }
  }

  private static void asAdmin(Caller caller, String key) {
    Metadata forged = new Metadata();
    forged.put(PEER_KEY, key);
    forged.put(PEER_CALLER, "CERTIFICATE;spiffe%3A%2F%2Ftokenbroker.local%2Fadmin;10.0.0.1");
    var unused =
        caller
            .admin()
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(forged))
            .listAccounts(ListAccountsRequest.getDefaultInstance());
  }

  /** By which members take the word of a peer, as whoever may read the database sees them. */
  private static Map<String, String> keys(String database) throws SQLException {
    Map<String, String> keys = new HashMap<>();
    try (Connection connection =
            DriverManager.getConnection(server.url(database), server.user(), server.password());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select address, peer_key from fleet_member")) {
      while (rows.next()) {
        keys.put(rows.getString(1), rows.getString(2));
      }
    }
    return keys;
  }

  @Test
  void aMemberWithACertificateOfAnotherCaIsAskedNothing() throws Exception {
    DatabaseSettings database = OwnDatabase.withPassword(server, "another");
    try (Broker one = start(database, "one", ours);
        Caller operator = as("admin", one);
        Caller client = as("client", one)) {
      add(operator);
      try (Broker two = start(database, "two", others);
          Caller there = Caller.withTls(two.endpoint(), others, others, "client")) {
        FleetOwners.awaitShares(operator, ACCOUNTS, 2);
        String theirs = FleetOwners.ownedBy(operator, ACCOUNTS, two).get(0);
        String its = FleetOwners.ownedBy(operator, ACCOUNTS, one).get(0);

        assertThat(ownerTold(client, theirs)).isEmpty();
        assertThat(ownerTold(there, its)).isEmpty();
        assertThat(callersOf(theirs, "two")).isEmpty();
        assertThat(callersOf(its, "one")).isEmpty();

        // either says which one, and what to mend
        Eventually.until("it says so", () -> tellsOf(one, two) && tellsOf(two, one));
      }
    }
  }

  /** Whether a broker has logged that its peer's certificate and its own don't go together. */
  private static boolean tellsOf(Broker broker, Broker peer) {
    return broker.log().lines().stream()
        .anyMatch(line -> line.contains("certificates") && line.contains(peer.endpoint()));
  }

  /** Of a turn that an owner has answered; empty if none has. */
  private static String ownerTold(Caller caller, String account) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    var unused =
        caller
            .data()
            .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
            .nextToken(Caller.request(account));
    String owner = trailers.get().get(OWNER);
    return owner == null ? "" : owner;
  }
}
