package io.tokenbroker.server.abuse;

import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.List;

/** A scope that nobody has heard of with each call, of the account that the good callers share. */
final class MadeUpScopes implements Attack {
  @Override
  public void run(Target target) throws InterruptedException {
    new Flood(target.connect(2), 16)
        .run(
            target,
            List.of(Flood.raw(TokenBrokerGrpc.getNextTokenMethod())),
            i ->
                NextTokenRequest.newBuilder()
                    .setAccount(GoodCallers.SHARED)
                    .setScope("made-up-" + i)
                    .build()
                    .toByteArray());
  }
}
