-- What db/migration/V7 has; see there.

CREATE TABLE caller_key (
  key_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  create_time TEXT NOT NULL,
  expire_time TEXT
) STRICT;
