package io.tokenbroker.server.store.sql;

import io.tokenbroker.server.testing.TestDatabase;
import org.junit.jupiter.api.extension.RegisterExtension;

class H2LeaseStoreTest extends LeaseStoreContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.h2();

  @Override
  TestDatabase server() {
    return SERVER;
  }
}
