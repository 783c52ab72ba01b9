-- What db/migration/V8 has; see there.

ALTER TABLE token ADD COLUMN sealed_secret TEXT;
ALTER TABLE token ADD COLUMN sealed_key INTEGER;
ALTER TABLE token ADD COLUMN secret_key INTEGER
  GENERATED ALWAYS AS (CASE WHEN length(secret) > 0 THEN 0 ELSE sealed_key END) VIRTUAL;
CREATE INDEX token_by_secret_key ON token (secret_key);

-- A secret that is encrypted, or with another key, is the same secret: nobody has to read the row again.
DROP TRIGGER token_changed;
CREATE TRIGGER token_changed
AFTER UPDATE OF account, secret, secret_hash, label, weight, enabled, expire_time, token_limits ON token
WHEN new.update_time IS old.update_time AND new.sealed_secret IS old.sealed_secret
BEGIN
  UPDATE token SET update_time = max(
    strftime('%Y-%m-%d %H:%M:%f000', 'now'),
    substr(old.update_time, 1, 20) || printf('%06d', (cast(substr(old.update_time, 21) AS INTEGER) + 1) % 1000000))
  WHERE id = new.id;
END;
