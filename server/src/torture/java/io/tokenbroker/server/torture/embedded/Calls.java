package io.tokenbroker.server.torture.embedded;

import io.grpc.ManagedChannel;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import io.tokenbroker.v1.Turn;
import java.util.concurrent.TimeUnit;

/** The two services, each call with a deadline that ends none which only takes its time. */
record Calls(ManagedChannel channel) {
  private static final int DEADLINE_SECONDS = 30;

  TokenBrokerAdminBlockingStub admin() {
    return TokenBrokerAdminGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  TokenBrokerBlockingStub data() {
    return TokenBrokerGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  Turn nextToken(String account) {
    return data().nextToken(NextTokenRequest.newBuilder().setAccount(account).build()).getTurn();
  }
}
