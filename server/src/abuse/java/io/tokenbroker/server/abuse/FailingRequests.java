package io.tokenbroker.server.abuse;

import io.grpc.MethodDescriptor;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.List;

/** What can't be done: unknown accounts, no account, another call's request, unknown methods. */
final class FailingRequests implements Attack {
  private static final List<MethodDescriptor<byte[], byte[]>> METHODS =
      List.of(
          Flood.raw(TokenBrokerGrpc.getNextTokenMethod()),
          Flood.raw(TokenBrokerGrpc.getReleaseLeaseMethod()),
          Flood.raw(TokenBrokerAdminGrpc.getUpdateTokenMethod()),
          Flood.raw(
              TokenBrokerGrpc.getNextTokenMethod().toBuilder()
                  .setFullMethodName("no.such.Service/Method")
                  .build()));

  @Override
  public void run(Target target) throws InterruptedException {
    new Flood(target.connect(4), 64).run(target, METHODS, FailingRequests::body);
  }

  private static byte[] body(long number) {
    return number % 3 == 0
        ? NextTokenRequest.newBuilder().setAccount("unknown-" + number).build().toByteArray()
        : ReleaseLeaseRequest.newBuilder().setLeaseId("none").build().toByteArray();
  }
}
