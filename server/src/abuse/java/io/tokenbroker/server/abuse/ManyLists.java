package io.tokenbroker.server.abuse;

import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenLimits;
import java.util.List;

/** Lists of 1,000 tokens, 500 at a time. */
final class ManyLists implements Attack {
  private static final String ACCOUNT = "listed";

  @Override
  public void prepare(Target target) {
    target.add(ACCOUNT, 1_000, 100, TokenLimits.getDefaultInstance());
  }

  @Override
  public void run(Target target) throws InterruptedException {
    byte[] request =
        ListTokensRequest.newBuilder().setAccount(ACCOUNT).setPageSize(1_000).build().toByteArray();
    new Flood(target.connect(4), 500)
        .run(target, List.of(Flood.raw(TokenBrokerAdminGrpc.getListTokensMethod())), i -> request);
  }
}
