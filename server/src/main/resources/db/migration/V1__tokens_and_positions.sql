-- One file for H2, MySQL and MariaDB, and for the code generator: keep to what all of them read.

-- account and token_id compare by code point (utf8mb4_bin): "GitHub" is not "github".
CREATE TABLE token (
  id BIGINT NOT NULL AUTO_INCREMENT,
  account VARCHAR(255) NOT NULL,
  secret MEDIUMTEXT NOT NULL,
  -- SHA-256 of the secret: one secret is one token. NULL where a person inserted the row by hand.
  secret_hash VARBINARY(32),
  label VARCHAR(255) DEFAULT '' NOT NULL,
  -- 1 to 100
  weight INT DEFAULT 1 NOT NULL,
  enabled BOOLEAN DEFAULT TRUE NOT NULL,
  -- UTC; NULL if the token never expires
  expire_time DATETIME(6),
  -- Only compared for being different: tells the periodic check that the row changed.
  update_time DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT token_secret_once UNIQUE (account, secret_hash)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Lets the periodic check and the lists do without reading any secret.
CREATE INDEX token_by_account ON token (account, id, update_time, enabled, expire_time);

-- Where each ring (the tokens of one weight of an account) stands; written behind.
CREATE TABLE ring_position (
  account VARCHAR(255) NOT NULL,
  weight INT NOT NULL,
  -- The number of the account's newest turn; the same in all its rows.
  turn BIGINT NOT NULL,
  last_token_id VARCHAR(255) NOT NULL,
  -- How many turns the ring is behind its share, -1 to 1.
  turn_lag DOUBLE NOT NULL,
  PRIMARY KEY (account, weight)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
