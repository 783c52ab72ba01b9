package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** What only a server can refuse. */
abstract class ServerStartContract extends StartContract {
  @Test
  void refusesAWrongPassword() {
    Database.open(settings).close();
    // a server without TLS would not even get to see it
    String url = settings.url() + "&allowPublicKeyRetrieval=true";
    DatabaseSettings wrong = new DatabaseSettings("database", url, settings.user(), PASSWORD, 2);

    assertRefused(wrong)
        .hasMessageContaining("refuses user '" + settings.user() + "'")
        .hasMessageContaining("database.password (TOKENBROKER_DB_PASSWORD)");
  }

  @Test
  void saysThatThereIsNoSuchDatabase() {
    assertRefused(withUrl(settings.url().replaceFirst("\\?.*", "")))
        .hasMessageContaining("There is no database")
        .hasMessageContaining("database.url (TOKENBROKER_DB_URL)");
  }

  @Test
  void saysThatTheUrlNamesNoDatabase() {
    assertRefused(withUrl(settings.url().replaceFirst("(//[^/]+).*", "$1/")))
        .hasMessageContaining("names no database");
  }

  @Test
  void saysThatTheServerCanNotBeReached() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    assertRefused(withUrl("jdbc:mysql://127.0.0.1:" + port + "/b?password=" + PASSWORD))
        .hasMessageContaining("jdbc:mysql://127.0.0.1:" + port + "/b can't be reached")
        .hasMessageContaining("database.url (TOKENBROKER_DB_URL)");
  }

  @Test
  void saysWhatTheUserMayNotDo() {
    assertRefused(whoMay("select"))
        .hasMessageContaining("user 'poor' may not do what the broker needs")
        .hasMessageContaining("or the name of the database is misspelt")
        .hasMessageContaining("database.user (TOKENBROKER_DB_USER)");
  }

  @Test
  void saysAtOnceThatTheUserMayNotWriteInASchemaThatIsThere() {
    Database.open(settings).close();
    assertRefused(whoMay("select, insert, update"))
        .hasMessageContaining("user 'poor' may not do what the broker needs");
    Database.open(whoMay("select, insert, update, delete")).close();
  }

  /** As docs/operations.md has it; the server went on when the broker was killed. */
  @Test
  void aMigrationThatWasKilledCanBeTakenBack() {
    Database.open(settings).close();
    byHand("drop table fleet, fleet_member, fleet_partition");
    byHand("delete from flyway_schema_history where version in ('8', '9')");
    assertThatThrownBy(() -> Database.open(settings))
        .hasMessageContaining("Duplicate column name 'sealed_secret'");
    byHand("alter table token drop index token_by_secret_key, drop column secret_key");
    byHand("alter table token drop column sealed_key, drop column sealed_secret");
    byHand("delete from flyway_schema_history where version = '8' and success = 0");
    Database.open(settings).close();
  }

  /** The same. */
  @Test
  void aMigrationThatWasKilledBetweenItsTablesCanBeTakenBack() {
    Database.open(settings).close();
    byHand("drop table fleet_member, fleet_partition");
    byHand("delete from flyway_schema_history where version = '9'");
    assertThatThrownBy(() -> Database.open(settings))
        .hasMessageContaining("'fleet' already exists");
    byHand("drop table if exists fleet, fleet_member, fleet_partition");
    byHand("delete from flyway_schema_history where version = '9' and success = 0");
    Database.open(settings).close();
  }

  private DatabaseSettings whoMay(String rights) {
    String name = settings.url().replaceFirst(".*/([^?]+).*", "$1");
    for (String user : new String[] {"'poor'@'%'", "'poor'@'localhost'"}) {
      byHand("create user if not exists " + user + " identified by ''");
      byHand("revoke all, grant option from " + user);
      byHand("grant " + rights + " on " + name + ".* to " + user);
    }
    return new DatabaseSettings(
        "database", settings.url().replaceFirst("\\?.*", ""), "poor", "", 2);
  }

  @Test
  void saysThatNoUserWasSet() {
    assertRefused(new DatabaseSettings("database", settings.url(), "", "", 2))
        .hasMessageContaining("wants a user, and none was set")
        .hasMessageContaining("database.user (TOKENBROKER_DB_USER)");
  }

  @Test
  void saysThatNoPasswordWasSet() {
    byHand("create user if not exists 'guarded'@'%' identified by 'fake-pw'");
    byHand("create user if not exists 'guarded'@'localhost' identified by 'fake-pw'");

    assertRefused(new DatabaseSettings("database", settings.url(), "guarded", "", 2))
        .hasMessageContaining("refuses user 'guarded' without a password, and none was set")
        .hasMessageContaining("database.password (TOKENBROKER_DB_PASSWORD)");
  }

  @Test
  void saysThatTheUserIsLocked() {
    byHand("create user if not exists 'locked'@'%' identified by '' account lock");
    byHand("create user if not exists 'locked'@'localhost' identified by '' account lock");

    assertRefused(new DatabaseSettings("database", settings.url(), "locked", "", 2))
        .hasMessageContaining("user 'locked'")
        .hasMessageContaining("is locked. Unlock it (ALTER USER … ACCOUNT UNLOCK)");
  }

  @Test
  void saysThatTheServerHasNoTls() {
    assertRefused(withUrl(settings.url() + "&sslMode=REQUIRED"))
        .hasMessageContaining("has no TLS, which sslMode in database.url (TOKENBROKER_DB_URL) asks")
        .hasMessageContaining("Turn it on there");
  }

  @Test
  void alsoTakesAMariaDbUrl() {
    Database.open(withUrl(settings.url().replace("jdbc:mysql:", "jdbc:mariadb:"))).close();
  }

  @Test
  void knowsWhichServerItIs() {
    try (Database database = Database.open(settings)) {
      assertThat(database.sql().dialect().name()).isEqualTo(dialect());
    }
  }

  abstract String dialect();

  private DatabaseSettings withUrl(String url) {
    return new DatabaseSettings("database", url, settings.user(), settings.password(), 2);
  }
}
