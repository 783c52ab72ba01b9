-- What V9 of a server has, so that the numbers go together; a file has one broker, and no fleet.
CREATE TABLE fleet (
  one INTEGER NOT NULL PRIMARY KEY,
  fleet_id TEXT NOT NULL,
  partitions INTEGER NOT NULL
) STRICT;
