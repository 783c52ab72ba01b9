package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.TestDatabase;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqliteStoredRowsTest extends StoredRowsContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.sqlite();

  @Override
  TestDatabase server() {
    return SERVER;
  }
}
