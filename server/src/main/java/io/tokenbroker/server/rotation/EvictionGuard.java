package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;

/** What the table asks of others when loaded accounts take too much. Never called under a lock. */
public interface EvictionGuard {
  /** Keeps nothing and saves nothing. */
  EvictionGuard NONE =
      new EvictionGuard() {
        @Override
        public boolean keeps(AccountId account) {
          return false;
        }

        @Override
        public void save() {}

        @Override
        public void left(AccountId account) {}
      };

  /** Whether somebody outside the table relies on the account being loaded. */
  boolean keeps(AccountId account);

  /** Begins to save what is not saved, for that keeps accounts from being put out. */
  void save();

  /**
   * An account has left the table: it was put out, is gone, or could not be loaded. It may be back
   * by now.
   */
  void left(AccountId account);
}
