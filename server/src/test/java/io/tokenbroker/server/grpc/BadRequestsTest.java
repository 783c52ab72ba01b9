package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.Empty;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.stub.ClientCalls;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class BadRequestsTest {
  private final TestBroker broker = new TestBroker();
  private final GrpcServer server = TestServer.of(broker, TestCallLimits.WIDE);
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    server.start();
    channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  @AfterEach
  void close() throws InterruptedException {
    channel.shutdownNow();
    server.drain(Duration.ZERO, Duration.ofSeconds(1), () -> {}, () -> {});
    broker.close();
  }

  @Test
  void whatIsNoMessageIsAnInvalidField() {
    Failure failure = Failure.of(() -> callWithGarbage(TokenBrokerGrpc.getNextTokenMethod()));

    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
  }

  @Test
  void neitherIsItForTheStandardServices() {
    for (MethodDescriptor<?, ?> method :
        List.of(
            HealthGrpc.getCheckMethod(),
            HealthGrpc.getWatchMethod(),
            ServerReflectionGrpc.getServerReflectionInfoMethod(),
            io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServerReflectionInfoMethod())) {
      Failure failure = Failure.of(() -> callWithGarbage(method));

      assertThat(failure.code()).as(method.getFullMethodName()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    }
  }

  /** Of a string that comes first in all these requests: BytesValue takes any bytes. */
  private void callWithGarbage(MethodDescriptor<?, ?> method) {
    MethodDescriptor<BytesValue, Empty> raw =
        MethodDescriptor.newBuilder(
                ProtoUtils.marshaller(BytesValue.getDefaultInstance()),
                ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName(method.getFullMethodName())
            .build();
    BytesValue notUtf8 = BytesValue.of(ByteString.fromHex("ff"));
    ClientCalls.blockingServerStreamingCall(channel, raw, CallOptions.DEFAULT, notUtf8)
        .forEachRemaining(answer -> {});
  }

  @Test
  void aHealthWatchKeepsNoLongNames() {
    HealthCheckRequest request =
        HealthCheckRequest.newBuilder().setService("x".repeat(1024 * 1024)).build();

    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> HealthGrpc.newBlockingStub(channel).watch(request).next());

    assertThat(failure.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
  }
}
