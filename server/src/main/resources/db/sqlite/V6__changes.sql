-- What db/migration/V6 has; see there. The times of this database are UTC anyway.

ALTER TABLE token ADD COLUMN change_time TEXT GENERATED ALWAYS AS (update_time) VIRTUAL;
CREATE INDEX token_by_change_time ON token (change_time, account);

ALTER TABLE account_settings ADD COLUMN change_time TEXT GENERATED ALWAYS AS (update_time) VIRTUAL;
CREATE INDEX account_settings_by_change_time ON account_settings (change_time, account);

CREATE TABLE account_removal (
  account TEXT NOT NULL PRIMARY KEY,
  change_time TEXT NOT NULL
) STRICT;

CREATE INDEX account_removal_by_change_time ON account_removal (change_time, account);
