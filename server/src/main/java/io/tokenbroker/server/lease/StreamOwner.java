package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.NameHash;
import io.tokenbroker.server.model.Scope;

/** Whose leases a stream keeps. Of two streams of one owner, the later one has the leases. */
public record StreamOwner(AccountId account, Scope scope, Holder holder) {
  /** In 32 hexadecimal digits. */
  public String key() {
    return holder.caller().isEmpty()
        ? NameHash.of(account.value(), scope.value(), holder.value())
        : NameHash.of(account.value(), scope.value(), holder.value(), holder.caller());
  }
}
