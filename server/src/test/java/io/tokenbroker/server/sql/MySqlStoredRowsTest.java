package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.TestDatabase;
import org.junit.jupiter.api.extension.RegisterExtension;

class MySqlStoredRowsTest extends StoredRowsContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mysql();

  @Override
  TestDatabase server() {
    return SERVER;
  }
}
