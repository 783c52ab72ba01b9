package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.DatabaseServer.Product;

class MySqlOutageTest extends OutageContract {
  @Override
  Product product() {
    return Product.MYSQL;
  }
}
