package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MySqlStartTest extends ServerStartContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mysql();

  @Override
  TestDatabase server() {
    return SERVER;
  }

  @Test
  void saysThatAPasswordWouldGoInTheClear() {
    DatabaseSettings secret =
        new DatabaseSettings("database", settings.url(), settings.user(), PASSWORD, 2);

    assertRefused(secret).hasMessageContaining("allowPublicKeyRetrieval=true in database.url");
  }

  @Override
  String dialect() {
    return "MYSQL";
  }
}
