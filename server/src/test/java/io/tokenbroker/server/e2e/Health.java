package io.tokenbroker.server.e2e;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A load balancer that watches the health of one service. */
final class Health implements StreamObserver<HealthCheckResponse> {
  private final List<ServingStatus> seen = new CopyOnWriteArrayList<>();

  static Health watch(Caller caller, String service) {
    Health health = new Health();
    HealthGrpc.newStub(caller.channel())
        .watch(HealthCheckRequest.newBuilder().setService(service).build(), health);
    return health;
  }

  List<ServingStatus> seen() {
    return List.copyOf(seen);
  }

  @Override
  public void onNext(HealthCheckResponse response) {
    seen.add(response.getStatus());
  }

  @Override
  public void onError(Throwable failure) {}

  @Override
  public void onCompleted() {}
}
