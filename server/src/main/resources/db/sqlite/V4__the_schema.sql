-- The embedded database: what db/migration makes in MySQL and MariaDB up to its V4, where the comments on
-- tables and columns are. STRICT: a column holds what it says. Times are texts, in UTC: see SqliteTime.
-- Texts compare by code point, as with utf8mb4_bin. Lengths are the broker's to check.

CREATE TABLE token (
  -- AUTOINCREMENT: the id of a removed token never comes back.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  secret TEXT NOT NULL,
  secret_hash BLOB,
  label TEXT NOT NULL DEFAULT '',
  weight INTEGER NOT NULL DEFAULT 1,
  enabled INTEGER NOT NULL DEFAULT TRUE CHECK (enabled IN (0, 1)),
  expire_time TEXT CHECK (datetime(expire_time) IS NOT NULL OR expire_time IS NULL),
  update_time TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),
  token_limits TEXT,
  CONSTRAINT token_secret_once UNIQUE (account, secret_hash)
) STRICT;

CREATE INDEX token_by_account ON token (account, id, update_time, enabled, expire_time);

-- MySQL's ON UPDATE CURRENT_TIMESTAMP(6). The clock has milliseconds: a second change within one of
-- them gets the microsecond after the first.
CREATE TRIGGER token_changed
AFTER UPDATE OF account, secret, secret_hash, label, weight, enabled, expire_time, token_limits ON token
WHEN new.update_time IS old.update_time
BEGIN
  UPDATE token SET update_time = max(
    strftime('%Y-%m-%d %H:%M:%f000', 'now'),
    substr(old.update_time, 1, 20) || printf('%06d', (cast(substr(old.update_time, 21) AS INTEGER) + 1) % 1000000))
  WHERE id = new.id;
END;

CREATE TABLE ring_position (
  account TEXT NOT NULL,
  weight INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  last_token_id TEXT NOT NULL,
  turn_lag REAL NOT NULL,
  PRIMARY KEY (account, weight)
) STRICT, WITHOUT ROWID;

CREATE TABLE scope_position (
  account TEXT NOT NULL PRIMARY KEY,
  marks TEXT NOT NULL
) STRICT;

CREATE TABLE account_settings (
  account TEXT NOT NULL PRIMARY KEY,
  token_limits TEXT,
  update_time TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now'))
) STRICT;

CREATE TRIGGER account_settings_changed AFTER UPDATE OF account, token_limits ON account_settings
WHEN new.update_time IS old.update_time
BEGIN
  UPDATE account_settings SET update_time = max(
    strftime('%Y-%m-%d %H:%M:%f000', 'now'),
    substr(old.update_time, 1, 20) || printf('%06d', (cast(substr(old.update_time, 21) AS INTEGER) + 1) % 1000000))
  WHERE account = new.account;
END;

CREATE TABLE token_state (
  account TEXT NOT NULL,
  token_id TEXT NOT NULL,
  health TEXT,
  token_usage TEXT,
  expire_time TEXT NOT NULL,
  PRIMARY KEY (account, token_id)
) STRICT;

CREATE INDEX token_state_by_expire_time ON token_state (expire_time);

CREATE TABLE lease_token (
  token_key TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  token_id TEXT NOT NULL,
  fencing_number INTEGER NOT NULL
) STRICT;

CREATE INDEX lease_token_by_account ON lease_token (account, fencing_number);

CREATE TABLE lease (
  token_key TEXT NOT NULL,
  place INTEGER NOT NULL,
  lease_id TEXT NOT NULL,
  account TEXT NOT NULL,
  token_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  holder TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  fencing_number INTEGER NOT NULL,
  ttl INTEGER NOT NULL,
  acquire_time TEXT NOT NULL,
  expire_time TEXT NOT NULL,
  ended INTEGER NOT NULL,
  change_time TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (token_key, place)
) STRICT;

CREATE INDEX lease_by_account ON lease (account, token_id, place);
CREATE INDEX lease_by_holder ON lease (account, holder);
CREATE INDEX lease_by_change ON lease (change_time);

CREATE TABLE lease_policy (
  account TEXT NOT NULL PRIMARY KEY,
  max_leases_per_token INTEGER NOT NULL,
  max_leases INTEGER NOT NULL,
  max_leases_per_holder INTEGER NOT NULL,
  min_ttl INTEGER,
  max_ttl INTEGER,
  default_ttl INTEGER
) STRICT;
