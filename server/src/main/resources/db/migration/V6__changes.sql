-- What the periodic check asks: who has changed since it asked last. One file for MySQL, MariaDB and the
-- code generator. Rows that are there already count as changed now; nobody need do anything about them.
--
-- One statement per table, the biggest last: each is done as a whole or not at all. The code generator does not
-- know indexes within them, and needs none.

-- When a broker last removed any token of an account, as rows that are gone tell nothing; for a day.
CREATE TABLE IF NOT EXISTS account_removal (
  account VARCHAR(255) NOT NULL,
  change_time TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) NOT NULL,
  PRIMARY KEY (account)
  /* [jooq ignore start] */, INDEX account_removal_by_change_time (change_time, account)/* [jooq ignore stop] */
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- TIMESTAMP, which is UTC in the table whatever the time zone of the session that changes the row:
-- update_time has that of the session.
ALTER TABLE account_settings
  ADD COLUMN change_time TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) NOT NULL
  /* [jooq ignore start] */, ADD INDEX account_settings_by_change_time (change_time, account)/* [jooq ignore stop] */;

ALTER TABLE token
  ADD COLUMN change_time TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) NOT NULL
  /* [jooq ignore start] */, ADD INDEX token_by_change_time (change_time, account)/* [jooq ignore stop] */;
