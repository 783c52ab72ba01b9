-- Where the scopes of an account stand, all in one value: one row to read and to write, however
-- many scopes there are, and none left behind of scopes that are not in use any more. A line each:
-- scope, weight, id of the last token and lag, with tabs between them.
CREATE TABLE scope_position (
  account VARCHAR(255) NOT NULL,
  marks MEDIUMTEXT NOT NULL,
  PRIMARY KEY (account)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
