-- Secrets that are encrypted. One statement: it is done as a whole or not at all. One file for MySQL, MariaDB
-- and the code generator, which takes secret_key for a column like others.
ALTER TABLE token
  -- The secret, encrypted for this row alone; then secret is ''. Brokers that know nothing of it see a blank
  -- secret, which is handed out to nobody.
  ADD COLUMN sealed_secret MEDIUMTEXT,
  -- The id of the key that it was encrypted with.
  ADD COLUMN sealed_key BIGINT,
  -- What has to be done about the row: 0 for plain text, whoever wrote it; else the key; NULL for no secret.
  ADD COLUMN secret_key BIGINT
    /* [jooq ignore start] */ GENERATED ALWAYS AS (CASE WHEN length(secret) > 0 THEN 0 ELSE sealed_key END) STORED,
  ADD INDEX token_by_secret_key (secret_key) /* [jooq ignore stop] */;
