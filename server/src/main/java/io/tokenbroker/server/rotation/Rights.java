package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;

/** Which accounts this broker may load. Asked under a stripe: quick, without I/O. */
public interface Rights {
  Rights ALL = account -> Right.ALWAYS;

  /**
   * @throws BrokerException NOT_OWNER if it may not load this one
   */
  Right of(AccountId account);
}
