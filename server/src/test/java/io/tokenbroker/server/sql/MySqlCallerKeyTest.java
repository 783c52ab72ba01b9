package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.TestDatabase;
import org.junit.jupiter.api.extension.RegisterExtension;

class MySqlCallerKeyTest extends CallerKeyContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mysql();

  @Override
  TestDatabase server() {
    return SERVER;
  }
}
