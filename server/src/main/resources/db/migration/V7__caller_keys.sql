-- The bearer keys of callers. One file for MySQL, MariaDB and the code generator.

CREATE TABLE caller_key (
  -- 64 random bits, in hexadecimal digits: what operators call the key.
  key_id VARCHAR(16) NOT NULL,
  name VARCHAR(100) NOT NULL,
  -- SHA-256 of the key, in hexadecimal digits. The key has 256 random bits: nobody guesses it from its
  -- hash, so that a slow hash with a salt would add nothing but time.
  key_hash VARCHAR(64) NOT NULL,
  -- UTC.
  create_time DATETIME(6) NOT NULL,
  -- NULL if it never expires.
  expire_time DATETIME(6),
  PRIMARY KEY (key_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
