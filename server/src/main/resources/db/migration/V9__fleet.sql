-- Brokers that divide the accounts among them. One file for MySQL, MariaDB and the code generator.

-- One row: what all brokers of a fleet have to agree on.
CREATE TABLE fleet (
  one INT NOT NULL,
  -- 128 random bits, in hexadecimal digits.
  fleet_id VARCHAR(32) NOT NULL,
  partitions INT NOT NULL,
  PRIMARY KEY (one)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A row for each broker that takes part. Who is struck off loses its row, and all that it owned.
CREATE TABLE fleet_member (
  -- 128 random bits, in hexadecimal digits: never used again.
  member_id VARCHAR(32) NOT NULL,
  -- HOST:PORT.
  address VARCHAR(300) NOT NULL,
  -- Grows with each renewal: who does not renew is who is seen with the same one for a whole ttl.
  beat BIGINT NOT NULL,
  -- In milliseconds.
  ttl BIGINT NOT NULL,
  leaving BOOLEAN NOT NULL,
  -- What the member takes for the word of a peer: whoever reads this table is one.
  peer_key VARCHAR(64) NOT NULL,
  version VARCHAR(100) NOT NULL,
  -- UTC, by the database's clock; for people: nothing is decided by it.
  join_time DATETIME(6) NOT NULL,
  renew_time DATETIME(6) NOT NULL,
  PRIMARY KEY (member_id),
  CONSTRAINT fleet_member_address UNIQUE (address)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A row for each partition of the accounts.
CREATE TABLE fleet_partition (
  partition_id INT NOT NULL,
  -- The id of a member. Of none, and the partition is free.
  owner VARCHAR(32) NOT NULL,
  -- Grows by one with each change of the owner.
  epoch BIGINT NOT NULL,
  -- Grows with each save of anything of its accounts: who saves, and who takes it over, change the same
  -- row, so that also a cluster that locks no rows on other nodes lets only one of them through.
  saves BIGINT NOT NULL,
  -- When the owner changed, in UTC, by the database's clock; for people.
  change_time DATETIME(6) NOT NULL,
  PRIMARY KEY (partition_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
