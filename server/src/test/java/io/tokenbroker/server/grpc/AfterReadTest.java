package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import org.junit.jupiter.api.Test;

class AfterReadTest {
  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final FakeService<AcquireLeaseRequest> service = new FakeService<>();
  private final FakeServerCall<AcquireLeaseRequest, AcquireLeaseResponse> call =
      new FakeServerCall<>(TokenBrokerGrpc.getAcquireLeaseMethod());
  private final ServerCall.Listener<AcquireLeaseRequest> caller =
      new AfterRead(loop::eventLoop)
          .interceptCall(call, new Metadata(), (begun, headers) -> service);

  @Test
  void aCallBeginsWhenAllIsReadThatCameWithIt() {
    caller.onHalfClose();
    assertThat(service.heard).isEmpty();
    loop.runPendingTasks();
    assertThat(service.heard).containsExactly("begun");
  }

  @Test
  void aCallThatIsCancelledWithItsRequestNeverBegins() {
    caller.onHalfClose();
    caller.onCancel();
    loop.runPendingTasks();
    assertThat(service.heard).containsExactly("cancelled");
  }

  @Test
  void aFaultEndsItsCall() {
    service.faulty = true;
    caller.onHalfClose();
    loop.runPendingTasks();
    assertThat(call.closed).containsExactly(Status.Code.INTERNAL);
  }
}
