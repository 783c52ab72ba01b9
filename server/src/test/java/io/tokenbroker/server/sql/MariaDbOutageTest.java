package io.tokenbroker.server.sql;

import io.tokenbroker.server.testing.DatabaseServer.Product;

class MariaDbOutageTest extends OutageContract {
  @Override
  Product product() {
    return Product.MARIADB;
  }
}
