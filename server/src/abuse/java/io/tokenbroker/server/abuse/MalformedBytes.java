package io.tokenbroker.server.abuse;

import io.grpc.MethodDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.List;

/** Requests that are no messages: to our services, health, and reflection. */
final class MalformedBytes implements Attack {
  private static final List<MethodDescriptor<byte[], byte[]>> METHODS =
      List.of(
          Flood.raw(TokenBrokerGrpc.getNextTokenMethod()),
          Flood.raw(TokenBrokerAdminGrpc.getAddTokensMethod()),
          Flood.raw(HealthGrpc.getCheckMethod()),
          Flood.raw(HealthGrpc.getWatchMethod()),
          Flood.raw(ServerReflectionGrpc.getServerReflectionInfoMethod()),
          Flood.raw(
              io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServerReflectionInfoMethod()));

  @Override
  public void run(Target target) throws InterruptedException {
    byte[] garbage = {0x0a, 0x7f, (byte) 0xff, (byte) 0xfe, 0x01};
    new Flood(target.connect(4), 64).run(target, METHODS, i -> garbage);
  }
}
