-- For MySQL and MariaDB, and for the code generator.

-- A row for each account, scope and holder that had a stream of leases in the last day: which one is
-- the newest. Whoever gives a stream a lease locks this row, after those of lease_token.
CREATE TABLE lease_stream (
  -- The first 128 bits of SHA-256 of account, scope and holder, with zero bytes between them, in
  -- hexadecimal digits.
  owner_key VARCHAR(32) NOT NULL,
  -- As in the table lease.
  stream_id VARCHAR(32) NOT NULL,
  -- When it was opened, in UTC, by the database's clock.
  change_time DATETIME(6) NOT NULL,
  PRIMARY KEY (owner_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX lease_stream_by_change_time ON lease_stream (change_time);
