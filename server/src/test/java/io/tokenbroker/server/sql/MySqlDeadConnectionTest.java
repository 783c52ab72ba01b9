package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.DatabaseServer.Product;

class MySqlDeadConnectionTest extends DeadConnectionContract {
  @Override
  Product product() {
    return Product.MYSQL;
  }
}
