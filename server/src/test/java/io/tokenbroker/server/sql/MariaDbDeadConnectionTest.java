package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.DatabaseServer.Product;

class MariaDbDeadConnectionTest extends DeadConnectionContract {
  @Override
  Product product() {
    return Product.MARIADB;
  }
}
