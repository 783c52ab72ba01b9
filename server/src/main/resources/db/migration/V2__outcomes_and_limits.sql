-- What a token may take, and what became of it. The form of the texts is in docs/operations.md.

-- The token's own limits; NULL if those of its account hold.
ALTER TABLE token ADD COLUMN token_limits MEDIUMTEXT;

-- What operators set for all tokens of an account.
CREATE TABLE account_settings (
  account VARCHAR(255) NOT NULL,
  -- The limits of each token that has none of its own; NULL if there are none.
  token_limits MEDIUMTEXT,
  -- Only compared for being different: tells the periodic check that the row changed.
  update_time DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) NOT NULL,
  PRIMARY KEY (account)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What has to outlive the process. Written behind, and no part of what the periodic check compares.
-- Has rows also for the tokens of an existing table, whose ids are any text.
CREATE TABLE token_state (
  account VARCHAR(255) NOT NULL,
  token_id VARCHAR(255) NOT NULL,
  -- What the upstream's answers have made of the token; NULL if there is nothing to keep.
  health MEDIUMTEXT,
  -- What was handed out of its limits with long windows; NULL if there is nothing to keep.
  token_usage MEDIUMTEXT,
  -- UTC; from when on nothing of it matters any more, and the row may go.
  expire_time DATETIME(6) NOT NULL,
  PRIMARY KEY (account, token_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX token_state_by_expire_time ON token_state (expire_time);
