package io.tokenbroker.server.sql;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.store.StoreStartException;
import io.tokenbroker.server.store.TokenStates;
import io.tokenbroker.server.store.TokenStore.AccountSummary;
import io.tokenbroker.server.testing.LogLines;
import io.tokenbroker.server.testing.TestDatabase;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens in the table of a web application, which the broker only reads. */
abstract class ExistingTableContract {
  private static final String SELECT =
      "SELECT account_id AS account, id, token AS secret FROM app_authmodel";
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

  private DatabaseSettings settings;
  private Database credentials;
  private Database own;

  abstract TestDatabase server();

  @BeforeEach
  void open() {
    settings = server().fresh(4);
    // makes the database, and so does the application
    Database.open(settings).close();
    own = Database.open(server().fresh(4));
    byHand(
        "CREATE TABLE app_authmodel (id INT PRIMARY KEY, account_id INT NOT NULL,"
            + " token VARCHAR(200))");
    byHand(
        "INSERT INTO app_authmodel VALUES (1, 42, 's1'), (2, 42, 's2'), (10, 42, 's10'),"
            + " (3, 43, 's3'), (4, 42, NULL), (5, 42, '  '), (6, 42, 's1')");
  }

  @AfterEach
  void close() {
    if (credentials != null) {
      credentials.close();
    }
    own.close();
  }

  @Test
  void loadsWhatCanBeUsed() {
    AccountSnapshot snapshot = store(SELECT).load(new AccountId("42"));
    assertThat(snapshot.tokens())
        .extracting(t -> t.id() + "=" + t.secret().reveal())
        .containsExactly("1=s1", "2=s2", "10=s10");
    assertThat(snapshot.tokens()).allMatch(t -> t.settings().equals(TokenSettings.DEFAULT));
    assertThat(snapshot.position()).isEqualTo(Position.START);
  }

  @ParameterizedTest
  @ValueSource(strings = {"42abc", "042", "42.0", "4 2", "0x2A", "4.2e1", "+42", "99", "abc"})
  void takesNoOtherNameForAnAccount(String name) {
    ExistingTableStore store = store(SELECT);
    assertThat(store.load(new AccountId(name)).tokens()).isEmpty();
    assertThat(store.findAccount(new AccountId(name), NOW)).isEmpty();
    assertThat(store.fingerprints(Set.of(new AccountId(name)))).isEmpty();
  }

  @Test
  void findsAccountsOfAsManyDigitsAsANumberCanHave() {
    byHand("CREATE TABLE flakes (a BIGINT, k VARCHAR(50))");
    byHand("INSERT INTO flakes VALUES (1700000000000000001, 'a'), (-9223372036854775808, 'b')");
    ExistingTableStore store = store("SELECT k AS secret, k AS id, a AS account FROM flakes");
    assertThat(secrets(store.load(new AccountId("1700000000000000001")))).containsExactly("a");
    assertThat(secrets(store.load(new AccountId("-9223372036854775808")))).containsExactly("b");
    assertThat(store.load(new AccountId("9999999999999999999")).tokens()).isEmpty();
  }

  @Test
  void hasNoAccountOfANameThatTheColumnCannotHold() {
    String latin = settings.isFile() ? "" : " CHARACTER SET latin1";
    byHand("CREATE TABLE latin_keys (name VARCHAR(50)" + latin + ", k VARCHAR(50))");
    byHand("INSERT INTO latin_keys VALUES ('acme', 'a')");
    ExistingTableStore store =
        store("SELECT k AS secret, k AS id, name AS account FROM latin_keys");
    assertThat(secrets(store.load(new AccountId("acme")))).containsExactly("a");
    assertThat(store.load(new AccountId("\uD83D\uDE00")).tokens()).isEmpty();
    assertThat(store.load(new AccountId("\u4E2D")).tokens()).isEmpty();
  }

  @Test
  void comparesNamesExactly() {
    byHand("CREATE TABLE keys_by_name (name VARCHAR(50), k VARCHAR(50))");
    byHand("INSERT INTO keys_by_name VALUES ('GitHub', 'a'), ('github', 'b'), ('github ', 'c')");
    ExistingTableStore store =
        store("SELECT k AS secret, k AS id, name AS account FROM keys_by_name");
    assertThat(secrets(store.load(new AccountId("github")))).containsExactly("b");
    assertThat(secrets(store.load(new AccountId("GitHub")))).containsExactly("a");
    assertThat(store.load(new AccountId("GITHUB")).tokens()).isEmpty();
    assertThat(store.listAccounts(Optional.empty(), 10, NOW))
        .extracting(summary -> summary.account().value())
        .containsExactly("GitHub", "github");
  }

  @Test
  void readsTheOptionalColumnsToo() {
    byHand(
        "CREATE TABLE full_keys (a VARCHAR(20), i VARCHAR(20), s VARCHAR(20), l VARCHAR(20),"
            + " w INT, e BOOLEAN, x DATETIME(6))");
    byHand(
        "INSERT INTO full_keys VALUES"
            + " ('acme', 'one', 's1', 'mine', 7, FALSE, '2031-03-31 02:30:00.123456'),"
            + " ('acme', 'two', 's2', NULL, NULL, NULL, NULL),"
            + " ('acme', 'bad', 's3', 'x', 101, TRUE, NULL)");
    ExistingTableStore store =
        store(
            "SELECT a AS account, i AS id, s AS secret, l AS label, w AS weight, e AS enabled,"
                + " x AS expire_time FROM full_keys ; ");
    assertThat(store.load(new AccountId("acme")).tokens())
        .extracting(Token::id, Token::settings)
        .containsExactly(
            tuple(
                new TokenId("one"),
                new TokenSettings("mine", 7, false, Instant.parse("2031-03-31T02:30:00.123456Z"))),
            tuple(new TokenId("two"), TokenSettings.DEFAULT));
  }

  @Test
  void leavesOutWhatItCannotRead() {
    byHand(
        "CREATE TABLE odd_keys (a VARCHAR(20), i INT, s VARCHAR(20), w VARCHAR(20), e VARCHAR(20))");
    byHand(
        "INSERT INTO odd_keys VALUES ('acme', 1, 's1', '2', 'true'), ('acme', 2, 's2', '1', 'revoked'),"
            + " ('acme', 3, 's3', 'abc', 'true'), ('acme', 4, 's4', '4294967297', 'true'),"
            + " ('acme', 5, 's5', '1', 'false')");
    AccountSnapshot snapshot =
        store("SELECT a AS account, i AS id, s AS secret, w AS weight, e AS enabled FROM odd_keys")
            .load(new AccountId("acme"));
    assertThat(snapshot.tokens())
        .extracting(t -> t.id() + " " + t.weight() + " " + t.settings().enabled())
        .containsExactly("1 2 true", "5 1 false");
  }

  @Test
  void logsTheIdAndTheColumnOfWhatItLeavesOut() {
    byHand("CREATE TABLE named_keys (i VARCHAR(300), s VARCHAR(20), l VARCHAR(300), w BIGINT)");
    byHand(
        "INSERT INTO named_keys VALUES ('a', 's1', 'x', 500), ('b', 's2', 'x', 0),"
            + " ('c', 's3', 'x', 4294967297), ('d', ' ', 'x', 1), ('e', 's5', '"
            + "x".repeat(256)
            + "', 1), ('f', 's6', 'x', 1), ('f', 's7', 'x', 1), ('g', 's6', 'x', 1), ('', 's8', 'x', 1)");
    ExistingTableStore store =
        store(
            "SELECT 'leaves out' AS account, i AS id, s AS secret, l AS label, w AS weight FROM named_keys");
    try (LeftOutLines lines = LeftOutLines.of("leaves out")) {
      assertThat(store.load(new AccountId("leaves out")).tokens()).hasSize(1);
      assertThat(lines.tokens())
          .containsExactlyInAnyOrder(
              "a: weight must be 1 to 100, is 500",
              "b: weight must be 1 to 100, is 0",
              "c: weight must be 1 to 100, is 4294967297",
              "d: secret must not be blank",
              "e: label must have at most 255 characters, has 256",
              "f: id is there twice",
              "g: secret is that of another",
              ": id must not be empty");
    }
  }

  @Test
  void warnsOfSecretsThatAreLists() {
    byHand("CREATE TABLE auth_obj (id INT PRIMARY KEY, tokens VARCHAR(200))");
    byHand(
        "INSERT INTO auth_obj VALUES (1, '[\"made-up-1\", \"made-up-2\"]'),"
            + " (2, 'made-up-token-3,made-up-token-4'), (3, 'made-up,3'), (4, '{\"a\":\"b\"}'),"
            + " (5, 'a made-up secret, with a comma'), (6, 'made-up-token-6')");
    try (LogLines log = new LogLines(SecretLists.class)) {
      assertThat(
              store("SELECT 'a' AS account, id, tokens AS secret FROM auth_obj")
                  .load(new AccountId("a"))
                  .tokens())
          .hasSize(6);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .startsWith("WARN secrets look like lists of several and are handed out whole: ")
          .endsWith(" account=a count=2 tokens=[1, 2]");
    }
  }

  /** As docs/configuration.md has it. */
  @Test
  void aListIsSplitByTheQuery() {
    assumeFalse(settings.isFile(), "SQLite has other functions");
    byHand("CREATE TABLE auth_obj (account VARCHAR(50), tokens TEXT)");
    byHand(
        "INSERT INTO auth_obj VALUES ('json', '[\"made-up-1\", \"made-up-2\"]'),"
            + " ('none', '[]'), ('null', NULL)");
    ExistingTableStore json =
        store(
            "SELECT a.account, LEFT(SHA2(t.secret, 256), 16) AS id, t.secret FROM auth_obj a,"
                + " JSON_TABLE(a.tokens, '$[*]' COLUMNS (secret VARCHAR(1000) PATH '$')) t");
    AccountSnapshot before = json.load(new AccountId("json"));
    assertThat(secrets(before)).containsExactlyInAnyOrder("made-up-1", "made-up-2");
    assertThat(json.load(new AccountId("none")).tokens()).isEmpty();
    assertThat(json.listAccounts(Optional.empty(), 10, NOW))
        .extracting(summary -> summary.account().value())
        .containsExactly("json");
    assertThat(json.fingerprints(Set.of(new AccountId("json"))))
        .containsEntry(new AccountId("json"), before.fingerprint());

    byHand("UPDATE auth_obj SET tokens = '[\"made-up-2\"]' WHERE account = 'json'");
    assertThat(json.load(new AccountId("json")).tokens())
        .as("an id does not depend on the place in the list")
        .isSubsetOf(before.tokens())
        .hasSize(1);

    byHand("UPDATE auth_obj SET tokens = 'made-up-1, made-up-2' WHERE account = 'json'");
    byHand("DELETE FROM auth_obj WHERE account <> 'json'");
    ExistingTableStore commas =
        store(
            "SELECT a.account, LEFT(SHA2(TRIM(t.secret), 256), 16) AS id, TRIM(t.secret) AS secret"
                + " FROM auth_obj a, JSON_TABLE(CONCAT('[\"', REPLACE(a.tokens, ',', '\",\"'),"
                + " '\"]'), '$[*]' COLUMNS (secret VARCHAR(1000) PATH '$')) t");
    assertThat(commas.load(new AccountId("json")).tokens()).isEqualTo(before.tokens());
  }

  /** A TINYINT(1) is a boolean to the driver of MySQL. */
  @Test
  void takesSmallNumbersForNumbers() {
    byHand("CREATE TABLE small_keys (a TINYINT(1), i TINYINT(1), w TINYINT(1), e TINYINT(1))");
    byHand("INSERT INTO small_keys VALUES (1, 0, 7, 0), (1, 1, 1, 1), (1, 2, 2, 1), (0, 1, 1, 1)");
    ExistingTableStore store =
        store(
            "SELECT a AS account, i AS id, concat('s', i) AS secret, w AS weight, e AS enabled"
                + " FROM small_keys");
    assertThat(store.load(new AccountId("1")).tokens())
        .extracting(t -> t.id() + " " + t.weight() + " " + t.settings().enabled())
        .containsExactly("0 7 false", "1 1 true", "2 2 true");
    assertThat(store.listAccounts(Optional.empty(), 10, NOW))
        .extracting(summary -> summary.account().value())
        .containsExactly("0", "1");
  }

  @Test
  void seesEveryChange() {
    ExistingTableStore store = store(SELECT);
    AccountId account = new AccountId("42");
    Fingerprint before = store.load(account).fingerprint();
    assertThat(store.fingerprints(Set.of(account, new AccountId("x"))))
        .isEqualTo(Map.of(account, before));
    for (String change :
        List.of(
            "UPDATE app_authmodel SET token = 'new' WHERE id = 2",
            "UPDATE app_authmodel SET token = NULL WHERE id = 2",
            "UPDATE app_authmodel SET token = '' WHERE id = 2",
            "DELETE FROM app_authmodel WHERE id = 2",
            "INSERT INTO app_authmodel VALUES (2, 42, 's2')",
            "UPDATE app_authmodel SET account_id = 43 WHERE id = 1")) {
      Fingerprint last = store.load(account).fingerprint();
      assertThat(byHand(change)).isEqualTo(1);
      Fingerprint now = store.load(account).fingerprint();
      assertThat(now).as(change).isNotEqualTo(last);
      assertThat(store.fingerprints(Set.of(account))).isEqualTo(Map.of(account, now));
    }
    byHand("DELETE FROM app_authmodel WHERE account_id = 42");
    assertThat(store.fingerprints(Set.of(account))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {Chunks.SIZE, 1_500})
  void tellsFingerprintsOfManyAccounts(int count) {
    byHand(
        "INSERT INTO app_authmodel VALUES "
            + String.join(
                ", ",
                IntStream.range(1000, 1000 + count)
                    .mapToObj(i -> "(%d, %d, 'x%d')".formatted(i, i, i))
                    .toList()));
    Set<AccountId> accounts =
        Set.copyOf(
            IntStream.range(1000, 1000 + count)
                .mapToObj(i -> new AccountId(Integer.toString(i)))
                .toList());
    assertThat(store(SELECT).fingerprints(accounts)).containsOnlyKeys(accounts);
  }

  @Test
  void readsATimeThatTheClockOfThisZoneSkips() {
    byHand("CREATE TABLE timed_keys (a VARCHAR(20), x DATETIME(6))");
    byHand("INSERT INTO timed_keys VALUES ('acme', '2024-03-31 02:30:00.999999')");
    TimeZone before = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
    try {
      ExistingTableStore store =
          store("SELECT a AS account, a AS id, a AS secret, x AS Expire_Time FROM timed_keys");
      assertThat(store.load(new AccountId("acme")).tokens())
          .extracting(token -> token.settings().expireTime())
          .containsExactly(Instant.parse("2024-03-31T02:30:00.999999Z"));
    } finally {
      TimeZone.setDefault(before);
    }
    assertThatThrownBy(
            () ->
                store(
                    "SELECT a AS account, a AS id, a AS secret, a AS expire_time FROM timed_keys"))
        .isInstanceOf(StoreStartException.class)
        .hasMessageContaining("It must be a DATETIME, in UTC.");
  }

  @Test
  void isUnavailableWhileTheTableIsGone() {
    byHand("CREATE TABLE keys_for_now (k VARCHAR(50))");
    ExistingTableStore store = store("SELECT k AS account, k AS id, k AS secret FROM keys_for_now");
    byHand("DROP TABLE keys_for_now");
    assertThatThrownBy(() -> store.load(new AccountId("a")))
        .is(because(FailureReason.STORE_UNAVAILABLE))
        .hasMessage("The table of credentials can't be read at present. Try again.");
    byHand("CREATE TABLE keys_for_now (k VARCHAR(50))");
    byHand("INSERT INTO keys_for_now VALUES ('a')");
    assertThat(secrets(store.load(new AccountId("a")))).containsExactly("a");
  }

  @Test
  void listsAccountsAndTokens() {
    ExistingTableStore store = store(SELECT);
    AccountSummary first = store.findAccount(new AccountId("42"), NOW).orElseThrow();
    assertThat(first.tokens()).isEqualTo(4);
    assertThat(store.listAccounts(Optional.empty(), 10, NOW))
        .containsExactly(first, new AccountSummary(new AccountId("43"), 1, 1));
    assertThat(store.listAccounts(Optional.of(new AccountId("42")), 10, NOW)).hasSize(1);
    assertThat(store.listTokens(new AccountId("42"), Optional.of(new TokenId("1")), 10))
        .extracting(TokenInfo::id)
        .containsExactly(new TokenId("2"), new TokenId("10"));
  }

  @Test
  void keepsPositionsInOurOwnSchema() {
    ExistingTableStore store = store(SELECT);
    AccountId account = new AccountId("42");
    Position position = new Position(7, List.of(new Mark(1, new TokenId("2"), 0)));
    store.savePositions(Map.of(account, position), Epochs.ALL);
    assertThat(store.load(account).position()).isEqualTo(position);
  }

  @Test
  void readsTheLeasesInOurOwnSchema() {
    AccountId account = new AccountId("42");
    TokenId token = new TokenId("2");
    LeaseId id = LeaseId.random(TokenKey.of(account, token), new SecureRandom());
    LeaseOp grant =
        new LeaseOp.Grant(
            id, account, token, Scope.ALL, new Holder("w"), Duration.ofMinutes(10), StreamId.NONE);
    assertThat(new SqlLeaseStore(own, "broker").commit(List.of(grant))).hasSize(1);
    assertThat(store(SELECT).load(account).leases().leases())
        .extracting(held -> held.lease().id())
        .containsExactly(id);
  }

  @Test
  void writesNothing() {
    ExistingTableStore store = store(SELECT);
    AccountId account = new AccountId("42");
    assertThatThrownBy(() -> store.addTokens(account, List.of()))
        .is(because(FailureReason.STORE_READ_ONLY));
    assertThatThrownBy(() -> store.updateToken(account, new TokenId("1"), s -> s))
        .is(because(FailureReason.STORE_READ_ONLY));
    assertThatThrownBy(() -> store.removeTokens(account, Set.of(new TokenId("1"))))
        .is(because(FailureReason.STORE_READ_ONLY));
    assertThatThrownBy(() -> store.deleteAccount(account))
        .is(because(FailureReason.STORE_READ_ONLY));
  }

  @Test
  void saysAtStartWhatIsWrongWithTheQuery() {
    assertThatThrownBy(() -> store("SELECT id, token AS secret FROM app_authmodel"))
        .isInstanceOf(StoreStartException.class)
        .hasMessageContaining("no column account");
    assertThatThrownBy(
            () -> store("SELECT a.*, account_id AS account, token AS secret FROM app_authmodel a"))
        .isInstanceOf(StoreStartException.class)
        .hasMessageContaining("a column account_id and a column token");
    for (String wrong :
        List.of("SELECT * FROM nowhere", "SELEKT 1", "DELETE FROM app_authmodel", "")) {
      assertThatThrownBy(() -> store(wrong))
          .as(wrong)
          .isInstanceOf(StoreStartException.class)
          .hasMessageStartingWith("credentials.query can't be run (");
    }
  }

  @Test
  void refusesAQueryThatGivesPartOfTheTable() {
    for (String part : List.of(" LIMIT 2", "\nlimit 2 ;", " ORDER BY id LIMIT 2")) {
      assertThatThrownBy(() -> store(SELECT + part))
          .as(part)
          .isInstanceOf(StoreStartException.class)
          .hasMessage(
              "credentials.query has a LIMIT, so the broker would see only part of the table."
                  + " Leave it out; choose rows with WHERE.");
    }
    String latest =
        SELECT
            + " t WHERE id = (SELECT id FROM app_authmodel WHERE account_id = t.account_id"
            + " ORDER BY id DESC LIMIT 1) AND token <> ' LIMIT 2'";
    assertThat(secrets(store(latest).load(new AccountId("42")))).containsExactly("s10");
  }

  private ExistingTableStore store(String select) {
    if (credentials != null) {
      credentials.close();
    }
    DatabaseSettings existing =
        new DatabaseSettings(
            "credentials", settings.url(), settings.user(), settings.password(), 4);
    credentials = Database.openReadOnly(existing, new CompletableFuture<>());
    return new ExistingTableStore(credentials, select, own);
  }

  private static List<String> secrets(AccountSnapshot snapshot) {
    return snapshot.tokens().stream().map(t -> t.secret().reveal()).toList();
  }

  private int byHand(String sql) {
    try (Connection connection = TestDatabase.connect(settings);
        Statement statement = connection.createStatement()) {
      return TestDatabase.update(statement, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void keepsStatesAndAccountLimitsBesideIt() {
    ExistingTableStore store = store(SELECT);
    AccountId account = new AccountId("42");
    Health health =
        new Health(0, Map.of(Scope.ALL, new Health.Cooldown(1, NOW.plusSeconds(60))), null);
    List<Usage> usage = List.of(new Usage("rate:PT1H", List.of(new Usage.Charge(NOW, 3))));
    Fingerprint before = store.load(account).fingerprint();

    store.saveStates(
        Map.of(
            account,
            new TokenStates(Map.of(new TokenId("10"), health), Map.of(new TokenId("2"), usage))),
        NOW,
        Epochs.ALL);
    assertThat(store.load(account).health()).isEqualTo(Map.of(new TokenId("10"), health));
    assertThat(store.load(account).usage()).isEqualTo(Map.of(new TokenId("2"), usage));
    assertThat(store.load(account).fingerprint()).isEqualTo(before);
    assertThat(store.fingerprints(Set.of(account))).isEqualTo(Map.of(account, before));
    TokenLimits limits = new TokenLimits(List.of(), List.of(), 3, 0);
    store.updateTokenLimits(account, any -> limits);
    AccountSnapshot limited = store.load(account);
    assertThat(limited.limits()).isEqualTo(limits);
    assertThat(limited.fingerprint()).isNotEqualTo(before);
    assertThat(store.fingerprints(Set.of(account, new AccountId("43"))))
        .containsEntry(account, limited.fingerprint())
        .hasSize(2);
    store.forgetStates(NOW.plus(Duration.ofDays(40)));
    assertThat(store.load(account).health()).isEmpty();
  }
}
