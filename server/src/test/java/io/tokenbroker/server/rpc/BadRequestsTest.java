package io.tokenbroker.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class BadRequestsTest {
  private final TestBroker broker = new TestBroker();
  private final GrpcServer server =
      new GrpcServer(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          new GrpcServer.Limits(
              100,
              4 * 1024 * 1024,
              1L << 30,
              Duration.ofMinutes(1),
              Duration.ofMinutes(1),
              Duration.ofMinutes(1)),
          GrpcServer.ConnectionLimits.DEFAULT,
          false,
          broker.streams,
          List.of(broker.service()));
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
    // BytesValue has the same field number and wire type as the request, but takes any bytes
    MethodDescriptor<BytesValue, NextTokenResponse> method =
        MethodDescriptor.newBuilder(
                ProtoUtils.marshaller(BytesValue.getDefaultInstance()),
                ProtoUtils.marshaller(NextTokenResponse.getDefaultInstance()))
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(TokenBrokerGrpc.getNextTokenMethod().getFullMethodName())
            .build();
    BytesValue notUtf8 = BytesValue.of(ByteString.fromHex("ff"));

    Failure failure =
        Failure.of(
            () -> ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, notUtf8));

    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
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
