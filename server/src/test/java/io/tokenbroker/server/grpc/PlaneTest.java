package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.stub.ClientCalls;
import io.tokenbroker.client.BrokerErrors;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.v1.GetVersionRequest;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.WatchAccountRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A broker with an address of its own for the control plane. */
class PlaneTest {
  /** What hands nothing out, and operators need as well. */
  private static final Set<String> BOTH = Set.of("GetVersion", "WatchAccount");

  private final TestBroker broker = new TestBroker();
  private GrpcServer server;
  private ManagedChannel data;
  private ManagedChannel admin;
  private String key;

  @BeforeEach
  void start() throws Exception {
    var unused = broker.keys.refresh().join();
    key = broker.keys.create("ops", Optional.empty()).join().text();
    server =
        new GrpcServer(
            List.of(listener(Plane.DATA), listener(Plane.ADMIN)),
            TestCallLimits.WIDE,
            Defaults.CONNECTIONS,
            true,
            new Callers(
                new Authenticator(
                    false, List.of(), Optional.of(broker.keys), Optional.empty(), broker::now),
                Access.ALL),
            broker.streams,
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty(),
            broker.services());
    server.start();
    data = connect(server.ports().get(0));
    admin = connect(server.ports().get(1));
  }

  private static GrpcServer.Listener listener(Plane plane) {
    return new GrpcServer.Listener(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Optional.empty(),
        plane,
        Set.of());
  }

  private static ManagedChannel connect(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    data.shutdownNow();
    admin.shutdownNow();
    var unused = server.drain(Duration.ZERO, Duration.ofSeconds(1), () -> {}, () -> {});
    broker.close();
  }

  @Test
  void eachAddressRefusesWhatTheOtherServes() {
    assertRefused(data, TokenBrokerAdminGrpc.getServiceDescriptor(), "listen_admin");
    assertRefused(
        data, ChannelzService.newInstance(1).bindService().getServiceDescriptor(), "listen_admin");
    assertRefused(admin, TokenBrokerGrpc.getServiceDescriptor(), "listen");
  }

  private void assertRefused(ManagedChannel channel, ServiceDescriptor service, String servedBy) {
    for (MethodDescriptor<?, ?> method : service.getMethods()) {
      if (BOTH.contains(method.getBareMethodName())) {
        continue;
      }
      StatusRuntimeException refused = failure(channel, method, key);
      assertThat(refused.getStatus().getCode())
          .as(method.getFullMethodName())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThat(refused.getStatus().getDescription()).contains(servedBy + " of its configuration");
      assertThat(BrokerErrors.reason(refused)).contains("WRONG_ADDRESS");
      // who is not known learns nothing
      assertThat(failure(channel, method, "tbk_" + "A".repeat(43)).getStatus().getCode())
          .isEqualTo(Status.Code.UNAUTHENTICATED);
    }
  }

  private static StatusRuntimeException failure(
      ManagedChannel channel, MethodDescriptor<?, ?> method, String key) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> call(channel, method, key));
  }

  /** Streams are refused as other calls are. */
  @SuppressWarnings("unchecked")
  private static void call(ManagedChannel channel, MethodDescriptor<?, ?> method, String key) {
    MethodDescriptor<Message, Message> unary =
        ((MethodDescriptor<Message, Message>) method)
            .toBuilder().setType(MethodDescriptor.MethodType.UNARY).build();
    Message empty =
        ((PrototypeMarshaller<Message>) unary.getRequestMarshaller()).getMessagePrototype();
    var unused =
        ClientCalls.blockingUnaryCall(channel, unary, options(key), Objects.requireNonNull(empty));
  }

  private static CallOptions options(String key) {
    return CallOptions.DEFAULT
        .withCallCredentials(GuardedServer.bearer(key))
        .withDeadlineAfter(Duration.ofSeconds(30));
  }

  @Test
  void eachAddressServesItsOwn() {
    broker.store.put("a", "made-up");
    var tokens =
        TokenBrokerGrpc.newBlockingStub(data).withCallCredentials(GuardedServer.bearer(key));
    assertThat(tokens.nextToken(NextTokenRequest.newBuilder().setAccount("a").build()).getTurn())
        .matches(turn -> turn.getSecret().equals("made-up"));
    var operators =
        TokenBrokerAdminGrpc.newBlockingStub(admin).withCallCredentials(GuardedServer.bearer(key));
    assertThat(operators.listAccounts(ListAccountsRequest.getDefaultInstance()).getAccountsList())
        .hasSize(1);
    var watching =
        TokenBrokerGrpc.newBlockingStub(admin).withCallCredentials(GuardedServer.bearer(key));
    assertThat(watching.getVersion(GetVersionRequest.getDefaultInstance())).isNotNull();
    assertThat(
            watching
                .watchAccount(WatchAccountRequest.newBuilder().setAccount("a").build())
                .next()
                .getState()
                .getAccount())
        .isEqualTo("a");
  }

  @Test
  void bothTellOfTheirHealth() {
    assertThat(health(data, "")).isEqualTo(ServingStatus.SERVING);
    assertThat(health(admin, "")).isEqualTo(ServingStatus.SERVING);
    assertThat(health(data, TokenBrokerGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.SERVING);
    assertThat(health(admin, TokenBrokerAdminGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.SERVING);
    assertThat(
            catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> health(data, TokenBrokerAdminGrpc.SERVICE_NAME))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
  }

  private static ServingStatus health(ManagedChannel channel, String service) {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(Duration.ofSeconds(30))
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }
}
