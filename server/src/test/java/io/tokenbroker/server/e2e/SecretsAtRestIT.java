package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.FakeVault;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies on the disk of a broker, and what a broker makes of it. */
class SecretsAtRestIT {
  private static final int DATABASE = 69;
  private static final int CONFIG = 78;
  private static final int REFUSED = 6;

  @TempDir Path directory;
  private Path data;
  private Path file;
  private Path keyset;

  @BeforeEach
  void name() throws IOException {
    data =
        Files.createDirectory(
            directory.resolve("data"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    file = data.resolve("tokenbroker.db");
    keyset = data.resolve("tokenbroker.keyset");
  }

  /** The same file, as a database of its own: without a keyset nothing is encrypted. */
  private Map<String, String> plain() {
    return Map.of("DB_URL", "jdbc:sqlite:" + file);
  }

  private Map<String, String> with(Path keys) {
    Map<String, String> settings = new HashMap<>(plain());
    settings.put("ENCRYPTION_KEYSET_FILE", keys.toString());
    return settings;
  }

  @Test
  void noFileHasASecretOfAnEncryptedDatabase() throws Exception {
    String canary = Broker.SECRET + "canary-in-the-database";
    try (Broker broker = Broker.start(data)) {
      imports(broker, "one", canary);
      assertThat(next(broker, "one")).isEqualTo(canary);
      // while the newest changes are in a file of their own
      assertThat(filesWith(canary)).isEmpty();
      assertThat(broker.stop()).isZero();
    }
    assertThat(filesWith(canary)).isEmpty();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyset)))
        .isEqualTo("rw-------");
    try (Broker broker = Broker.start(data)) {
      assertThat(next(broker, "one")).isEqualTo(canary);
    }
  }

  @Test
  void allFilesAreFreeOfWhatWasPlainTextBefore() throws Exception {
    String canary = Broker.SECRET + "canary-of-before";
    String removed = Broker.SECRET + "canary-removed";
    try (Broker broker = Broker.start(data, plain())) {
      imports(broker, "one", canary);
      imports(broker, "gone", removed);
      try (Caller caller = broker.caller()) {
        assertThat(
                caller
                    .admin()
                    .deleteAccount(DeleteAccountRequest.newBuilder().setAccount("gone").build()))
            .isNotNull();
      }
      assertThat(broker.log().firstWith("secrets are kept as plain text")).isPresent();
      assertThat(broker.stop()).isZero();
    }
    // what looks for it can find it
    assertThat(filesWith(canary)).isNotEmpty();

    try (Broker broker = Broker.start(data)) {
      assertThat(next(broker, "one")).isEqualTo(canary);
      assertThat(filesWith(canary)).isEmpty();
      assertThat(filesWith(removed)).isEmpty();
      assertThat(broker.stop()).isZero();
    }
    assertThat(filesWith(canary)).isEmpty();
  }

  @Test
  void whatAPersonWroteSinceTheFirstStartLeavesTheFilesToo() throws Exception {
    String running = Broker.SECRET + "canary-while-it-serves";
    String stopped = Broker.SECRET + "canary-while-it-does-not";
    try (Broker broker = Broker.start(data)) {
      byHand("insert into token (account, secret) values ('one', '" + running + "')");
      Eventually.until("no file has it", () -> plainRows() == 0 && unchecked(running).isEmpty());
      assertThat(next(broker, "one")).isEqualTo(running);
      assertThat(broker.stop()).isZero();
    }
    byHand("insert into token (account, secret) values ('gone', '" + stopped + "')");
    byHand("delete from token where account = 'gone'");
    byHand("insert into token (account, secret) values ('two', '" + stopped + "')");
    assertThat(filesWith(stopped)).isNotEmpty();
    try (Broker broker = Broker.start(data)) {
      assertThat(next(broker, "two")).isEqualTo(stopped);
      assertThat(filesWith(stopped)).isEmpty();
      assertThat(broker.stop()).isZero();
    }
    assertThat(filesWith(running)).isEmpty();
    assertThat(filesWith(stopped)).isEmpty();
  }

  private List<Path> unchecked(String canary) {
    try {
      return filesWith(canary);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aKillWhileItEncryptsLosesNothing() throws Exception {
    int count = 10_000;
    try (Broker broker = Broker.start(data, plain())) {
      assertThat(broker.stop()).isZero();
    }
    List<String> all = insertPlain(count);
    assertThat(cli("keys", "create", keyset.toString()).exit()).isZero();

    Process killed = serve(with(keyset));
    try {
      Eventually.until("some are encrypted", () -> encrypted() > 0 || !killed.isAlive());
    } finally {
      killed.toHandle().destroyForcibly();
      killed.waitFor();
    }
    assertThat(encrypted()).as("killed in the midst of it").isBetween(1, count - 1);

    try (Broker broker = Broker.start(data, with(keyset))) {
      assertThat(encrypted()).isEqualTo(count);
      List<String> found = new ArrayList<>();
      for (int account = 0; account < count / 1000; account++) {
        found.addAll(stream(broker, "account-" + account, 1000));
      }
      assertThat(new TreeSet<>(found)).isEqualTo(new TreeSet<>(all));
    }
  }

  @Test
  void aMovedCiphertextBenchesItsTokenAlone() throws Exception {
    try (Broker broker = Broker.start(data)) {
      imports(broker, "one", Broker.SECRET + "a", Broker.SECRET + "b", Broker.SECRET + "c");
      imports(broker, "two", Broker.SECRET + "d");
      assertThat(broker.stop()).isZero();
    }
    byHand(
        "update token set sealed_secret = (select sealed_secret from token t where t.id = 3)"
            + " where id in (1, 4)");

    try (Broker broker = Broker.start(data)) {
      assertThat(stream(broker, "one", 4))
          .containsExactly(
              Broker.SECRET + "b", Broker.SECRET + "c", Broker.SECRET + "b", Broker.SECRET + "c");
      try (Caller caller = broker.caller()) {
        assertThat(
                caller
                    .admin()
                    .listTokens(ListTokensRequest.newBuilder().setAccount("one").build())
                    .getTokensList())
            .extracting(Token::getBenchReason)
            .containsExactly(
                BenchReason.BENCH_REASON_UNREADABLE,
                BenchReason.BENCH_REASON_UNSPECIFIED,
                BenchReason.BENCH_REASON_UNSPECIFIED);
        assertThatThrownBy(() -> caller.next("two"))
            .hasMessageContaining("FAILED_PRECONDITION")
            .hasMessageContaining("1 that can't be decrypted");
      }
      assertThat(broker.log().firstWith("can't be decrypted")).isPresent();
      assertThat(broker.log().firstWith("moved or changed")).isPresent();
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void withoutTheRightKeyItDoesNotStart() throws Exception {
    try (Broker broker = Broker.start(data)) {
      imports(broker, "one", Broker.SECRET + "a");
      assertThat(broker.stop()).isZero();
    }
    String key = cli("keys", "status", "--data", data.toString()).out().lines().toList().get(1);
    String id = key.substring(0, key.indexOf(' '));
    Path moved = directory.resolve("elsewhere.keyset");
    Files.move(keyset, moved);

    // gone: no new one is made
    assertThat(Refusal.of(List.of(), data, CONFIG, Map.of()))
        .contains(id, keyset.toString(), "does not exist", "backup");
    assertThat(keyset).doesNotExist();
    // none configured, as of a broker that was forgotten
    assertThat(Refusal.of(List.of(), data, CONFIG, plain()))
        .contains(id, "There is no keyset", "encryption.keyset_file");
    // another one
    Path other = directory.resolve("other.keyset");
    assertThat(cli("keys", "create", other.toString()).exit()).isZero();
    assertThat(Refusal.of(List.of(), data, CONFIG, with(other)))
        .contains(id, "not the one of this database");
    // one that others may read
    Files.setPosixFilePermissions(moved, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(Refusal.of(List.of(), data, CONFIG, with(moved)))
        .contains(moved.toString(), "others", "chmod 600");
    Files.setPosixFilePermissions(moved, PosixFilePermissions.fromString("rw-------"));
    // a damaged one
    Files.writeString(other, "{\"key\": [");
    assertThat(Refusal.of(List.of(), data, CONFIG, with(other))).contains("no keyset of Tink");

    Map<String, String> given =
        Map.of("ENCRYPTION_KEYSET", Files.readString(moved).replace("\n", ""));
    try (Broker broker = Broker.start(data, given)) {
      assertThat(next(broker, "one")).isEqualTo(Broker.SECRET + "a");
    }
  }

  @Test
  void keysAreReplacedWhileItServes() throws Exception {
    try (Broker broker = Broker.start(data)) {
      imports(broker, "one", Broker.SECRET + "a");
      String old = currentKey();
      assertThat(cli("keys", "drop", old, "--data", data.toString()).exit()).isEqualTo(REFUSED);

      assertThat(cli("keys", "rotate", "--prepare", "--data", data.toString()).exit()).isZero();
      assertThat(currentKey()).isEqualTo(old);
      assertThat(cli("keys", "rotate", "--data", data.toString()).exit()).isZero();
      String fresh = currentKey();
      assertThat(fresh).isNotEqualTo(old);
      Cli.Result early = cli("keys", "drop", old, "--data", data.toString());
      assertThat(early.exit()).isEqualTo(REFUSED);
      assertThat(early.err()).contains("rewrap");
      // it may have seen the prepared one alone before
      Eventually.until("it has the new key", () -> loads(broker, fresh) == 1);
      imports(broker, "two", Broker.SECRET + "b");

      assertThat(cli("keys", "rewrap", "--data", data.toString()).out())
          .contains("Encrypted 1 secrets with key " + fresh);
      Cli.Result dropped = cli("keys", "drop", old, "--data", data.toString());
      assertThat(dropped.exit()).as(dropped.err()).isZero();
      Eventually.until("it has forgotten the old key", () -> loads(broker, fresh) == 2);
      imports(broker, "one", Broker.SECRET + "a", Broker.SECRET + "c");
      assertThat(stream(broker, "one", 2))
          .containsExactlyInAnyOrder(Broker.SECRET + "a", Broker.SECRET + "c");
      assertThat(broker.stop()).isZero();
    }
    try (Broker broker = Broker.start(data)) {
      assertThat(next(broker, "one")).startsWith(Broker.SECRET);
      assertThat(next(broker, "two")).isEqualTo(Broker.SECRET + "b");
      byHand("insert into token (account, secret) values ('three', '" + Broker.SECRET + "d')");
      // by itself
      Eventually.until("what a person wrote is encrypted", () -> plainRows() == 0);
      assertThat(next(broker, "three")).isEqualTo(Broker.SECRET + "d");
    }
  }

  /** How often the keyset with this current key was loaded. */
  private static long loads(Broker broker, String key) {
    return broker.log().lines().stream()
        .filter(line -> line.contains("keyset loaded") && line.contains("\"key\":" + key))
        .count();
  }

  @Test
  void ofRotationsAtOnceNoneLosesTheKeyOfAnother() throws Exception {
    try (Broker broker = Broker.start(data)) {
      assertThat(broker.stop()).isZero();
    }
    List<Process> started =
        Stream.generate(() -> Launcher.start(Map.of(), "keys", "rotate", "--data", "" + data))
            .limit(4)
            .toList();
    Set<String> announced = new TreeSet<>();
    for (Process one : started) {
      String said = new String(one.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String refused = new String(one.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      if (one.waitFor() == 0) {
        announced.add(said.replaceFirst("(?s).*with key (\\d+) .*", "$1"));
      } else {
        assertThat(one.exitValue()).as(refused).isEqualTo(REFUSED);
        assertThat(refused).contains("is being changed by another tokenbroker keys");
      }
    }

    assertThat(announced).isNotEmpty();
    String status = cli("keys", "status", "--data", data.toString()).out();
    assertThat(status.lines().skip(1).map(line -> line.replaceFirst(" .*", "")))
        .as(status)
        .containsAll(announced);
  }

  @Test
  void aVaultIsAskedOnceAtAStart() throws Exception {
    Path wrapped = directory.resolve("wrapped.keyset");
    Path token = Files.writeString(directory.resolve("token"), FakeVault.TOKEN);
    try (FakeVault vault = new FakeVault()) {
      Map<String, String> settings = new HashMap<>(with(wrapped));
      settings.put("ENCRYPTION_VAULT_KEY", vault.url());
      settings.put("ENCRYPTION_VAULT_TOKEN_FILE", token.toString());
      Map<String, String> environment = new HashMap<>();
      settings.forEach((name, value) -> environment.put("TOKENBROKER_" + name, value));
      try (Broker broker = Broker.start(data)) {
        imports(broker, "one", Broker.SECRET + "a");
        assertThat(broker.stop()).isZero();
      }
      Cli.Result made =
          Cli.run(environment, "", "keys", "create", wrapped.toString(), "--from", "" + keyset);
      assertThat(made.exit()).as(made.err()).isZero();
      assertThat(Files.readString(wrapped)).contains("encryptedKeyset");

      int before = vault.calls();
      try (Broker broker = Broker.start(data, settings)) {
        assertThat(next(broker, "one")).isEqualTo(Broker.SECRET + "a");
        assertThat(broker.stop()).isZero();
      }
      assertThat(vault.calls() - before).isEqualTo(1);
      vault.seal();
      assertThat(Refusal.of(List.of(), data, DATABASE, settings)).contains(vault.url(), "HTTP 503");
    }
  }

  private String currentKey() throws Exception {
    return cli("keys", "status", "--data", data.toString())
        .out()
        .lines()
        .filter(line -> line.contains("current"))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .findFirst()
        .orElseThrow();
  }

  private static Cli.Result cli(String... arguments) throws InterruptedException {
    return Cli.run(Map.of(), "", arguments);
  }

  private Process serve(Map<String, String> settings) throws IOException {
    Map<String, String> environment = new HashMap<>();
    settings.forEach((name, value) -> environment.put("TOKENBROKER_" + name, value));
    environment.put("TOKENBROKER_LISTEN", "127.0.0.1:0");
    Process process = Launcher.start(environment, "serve");
    Output.of(process.getInputStream());
    Output.of(process.getErrorStream());
    return process;
  }

  private static void imports(Broker broker, String account, String... secrets) {
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    for (String secret : secrets) {
      request.addTokens(NewToken.newBuilder().setSecret(secret));
    }
    try (Caller caller = broker.caller()) {
      assertThat(caller.admin().addTokens(request.build()).getResultsCount())
          .isEqualTo(secrets.length);
    }
  }

  private static String next(Broker broker, String account) {
    return stream(broker, account, 1).get(0);
  }

  private static List<String> stream(Broker broker, String account, int count) {
    try (Caller caller = broker.caller()) {
      return caller
          .data()
          .nextTokens(NextTokensRequest.newBuilder().setAccount(account).setCount(count).build())
          .getTurnsList()
          .stream()
          .map(Turn::getSecret)
          .toList();
    }
  }

  /** As text, and as its bytes are written by others. */
  private List<Path> filesWith(String canary) throws IOException {
    byte[] bytes = canary.getBytes(StandardCharsets.UTF_8);
    List<String> forms = new ArrayList<>();
    forms.add(canary);
    forms.add(HexFormat.of().formatHex(bytes));
    forms.add(HexFormat.of().withUpperCase().formatHex(bytes));
    for (int offset = 0; offset < 3; offset++) {
      // wherever it begins in what is encoded, but for its first and last letters
      String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted(bytes, offset));
      forms.add(encoded.substring(4, encoded.length() - 4));
    }
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        String text = new String(Files.readAllBytes(each), StandardCharsets.ISO_8859_1);
        if (forms.stream().anyMatch(text::contains)) {
          found.add(each);
        }
      }
    }
    return found;
  }

  private static byte[] shifted(byte[] bytes, int by) {
    byte[] shifted = new byte[bytes.length + by];
    System.arraycopy(bytes, 0, shifted, by, bytes.length);
    return shifted;
  }

  private List<String> insertPlain(int count) throws SQLException {
    List<String> secrets = new ArrayList<>();
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement("insert into token (account, secret) values (?, ?)")) {
      connection.setAutoCommit(false);
      for (int i = 0; i < count; i++) {
        secrets.add(Broker.SECRET + i);
        insert.setString(1, "account-" + i / 1000);
        insert.setString(2, Broker.SECRET + i);
        insert.addBatch();
      }
      insert.executeBatch();
      connection.commit();
    }
    return secrets;
  }

  private int encrypted() {
    return count("secret_key > 0");
  }

  private int plainRows() {
    return count("secret_key = 0");
  }

  private int count(String condition) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from token where " + condition)) {
      rows.next();
      return rows.getInt(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void byHand(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file + "?busy_timeout=20000");
  }
}
