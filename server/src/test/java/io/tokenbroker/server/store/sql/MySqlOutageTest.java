package io.tokenbroker.server.store.sql;

import io.tokenbroker.server.testing.DatabaseServer.Product;

class MySqlOutageTest extends OutageContract {
  @Override
  Product product() {
    return Product.MYSQL;
  }
}
