-- What db/migration/V5 has; see there.

CREATE TABLE lease_stream (
  owner_key TEXT NOT NULL PRIMARY KEY,
  stream_id TEXT NOT NULL,
  change_time TEXT NOT NULL
) STRICT;

CREATE INDEX lease_stream_by_change_time ON lease_stream (change_time);
