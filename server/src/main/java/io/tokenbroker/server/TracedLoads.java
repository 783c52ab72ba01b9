package io.tokenbroker.server;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.rotation.AccountLoader;
import io.tokenbroker.server.rotation.RemoteHolds;
import io.tokenbroker.server.trace.Spans;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Tells whoever traces calls how long accounts take that are read for them. */
record TracedLoads(AccountLoader loader, Spans spans) implements AccountLoader {
  private static final String LOAD = "load account";

  @Override
  public CompletableFuture<AccountSnapshot> load(AccountId account) {
    return spans.during(LOAD, loader.load(account));
  }

  @Override
  public CompletableFuture<AccountSnapshot> reload(AccountId account, KnownTokens known) {
    return spans.during(LOAD, loader.reload(account, known));
  }

  @Override
  public Map<TokenId, RemoteHolds> leasedElsewhere(AccountId account) {
    return loader.leasedElsewhere(account);
  }
}
