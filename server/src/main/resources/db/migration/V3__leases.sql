-- One file for H2, MySQL and MariaDB, and for the code generator: keep to what all of them read.

-- A row for each token that was ever leased. It is never deleted: its number grows for ever. Whoever
-- changes a token's leases locks this row first.
CREATE TABLE lease_token (
  -- The first 128 bits of SHA-256 of account, a zero byte and token_id, in hexadecimal digits.
  token_key VARCHAR(32) NOT NULL,
  account VARCHAR(255) NOT NULL,
  token_id VARCHAR(255) NOT NULL,
  -- That of the newest grant.
  fencing_number BIGINT NOT NULL,
  PRIMARY KEY (token_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Where a token that is new, or there again, begins to count.
CREATE INDEX lease_token_by_account ON lease_token (account, fencing_number);

-- A row for each place of a token. An ended lease stays until its place is taken again.
CREATE TABLE lease (
  token_key VARCHAR(32) NOT NULL,
  place INT NOT NULL,
  -- token_key and 128 random bits, in hexadecimal digits.
  lease_id VARCHAR(64) NOT NULL,
  account VARCHAR(255) NOT NULL,
  token_id VARCHAR(255) NOT NULL,
  scope VARCHAR(255) NOT NULL,
  holder VARCHAR(255) NOT NULL,
  -- The stream that renews the lease; '' if its holder does.
  stream_id VARCHAR(32) NOT NULL,
  fencing_number BIGINT NOT NULL,
  -- In milliseconds.
  ttl BIGINT NOT NULL,
  -- UTC, by the database's clock, as all times here.
  acquire_time DATETIME(6) NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  -- 0: not before expire_time; 1: released; 2: revoked.
  ended INT NOT NULL,
  -- The newest grant, renewal or end, and which broker made it.
  change_time DATETIME(6) NOT NULL,
  changed_by VARCHAR(32) NOT NULL,
  PRIMARY KEY (token_key, place)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX lease_by_account ON lease (account, token_id, place);
CREATE INDEX lease_by_holder ON lease (account, holder);
CREATE INDEX lease_by_change ON lease (change_time);

-- The lease settings of accounts; NULL and 0 stand for the defaults.
CREATE TABLE lease_policy (
  account VARCHAR(255) NOT NULL,
  max_leases_per_token INT NOT NULL,
  max_leases INT NOT NULL,
  max_leases_per_holder INT NOT NULL,
  -- In milliseconds.
  min_ttl BIGINT,
  max_ttl BIGINT,
  default_ttl BIGINT,
  PRIMARY KEY (account)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
