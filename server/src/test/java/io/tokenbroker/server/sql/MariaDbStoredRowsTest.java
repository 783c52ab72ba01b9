package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.TestDatabase;
import org.junit.jupiter.api.extension.RegisterExtension;

class MariaDbStoredRowsTest extends StoredRowsContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mariadb();

  @Override
  TestDatabase server() {
    return SERVER;
  }
}
