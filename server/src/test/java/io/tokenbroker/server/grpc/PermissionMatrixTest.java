package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.tokenbroker.server.security.Permission;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method of every service, asked by callers who may do one thing each, who may do nothing,
 * whom nobody knows, and whose key has expired. A method that is not in the table below fails it.
 */
class PermissionMatrixTest {
  /** For whom a permission must hold. */
  private enum Reach {
    /** The account in the request. */
    ACCOUNT,
    /** Any account. */
    ANY,
    /** All of them. */
    ALL
  }

  /**
   * @param permission empty if it is enough to be known
   */
  private record Need(Optional<Permission> permission, Reach reach) {}

  private static Need need(Permission permission, Reach reach) {
    return new Need(Optional.of(permission), reach);
  }

  /** Written down a second time, apart from MethodRules. */
  private static final Map<String, Need> TABLE =
      Map.ofEntries(
          Map.entry("NextToken", need(Permission.NEXT, Reach.ACCOUNT)),
          Map.entry("NextTokens", need(Permission.NEXT, Reach.ACCOUNT)),
          Map.entry("StreamTokens", need(Permission.STREAM, Reach.ACCOUNT)),
          Map.entry("RequestTurns", need(Permission.STREAM, Reach.ACCOUNT)),
          Map.entry("ReportOutcome", need(Permission.REPORT, Reach.ACCOUNT)),
          Map.entry("AcquireLease", need(Permission.LEASE, Reach.ACCOUNT)),
          Map.entry("StreamLeases", need(Permission.LEASE, Reach.ACCOUNT)),
          Map.entry("RenewLease", need(Permission.LEASE, Reach.ANY)),
          Map.entry("ReleaseLease", need(Permission.LEASE, Reach.ANY)),
          Map.entry("WatchAccount", need(Permission.WATCH, Reach.ACCOUNT)),
          Map.entry("GetVersion", new Need(Optional.empty(), Reach.ANY)),
          Map.entry("ListAccounts", need(Permission.ADMIN_READ, Reach.ALL)),
          Map.entry("GetAccount", need(Permission.ADMIN_READ, Reach.ACCOUNT)),
          Map.entry("ListTokens", need(Permission.ADMIN_READ, Reach.ACCOUNT)),
          Map.entry("ListLeases", need(Permission.ADMIN_READ, Reach.ACCOUNT)),
          Map.entry("DeleteAccount", need(Permission.ADMIN_WRITE, Reach.ACCOUNT)),
          Map.entry("AddTokens", need(Permission.ADMIN_WRITE, Reach.ACCOUNT)),
          Map.entry("UpdateAccount", need(Permission.ADMIN_WRITE, Reach.ACCOUNT)),
          Map.entry("UpdateToken", need(Permission.ADMIN_WRITE, Reach.ACCOUNT)),
          Map.entry("RemoveTokens", need(Permission.ADMIN_WRITE, Reach.ACCOUNT)),
          Map.entry("RefreshAccount", need(Permission.ADMIN_WRITE, Reach.ACCOUNT)),
          Map.entry("ResetToken", need(Permission.ADMIN_WRITE, Reach.ACCOUNT)),
          Map.entry("RevokeLease", need(Permission.ADMIN_WRITE, Reach.ALL)),
          Map.entry("CreateCallerKey", need(Permission.ADMIN_WRITE, Reach.ALL)),
          Map.entry("ListCallerKeys", need(Permission.ADMIN_READ, Reach.ALL)),
          Map.entry("UpdateCallerKey", need(Permission.ADMIN_WRITE, Reach.ALL)),
          Map.entry("RevokeCallerKeys", need(Permission.ADMIN_WRITE, Reach.ALL)),
          Map.entry("GetFleet", need(Permission.ADMIN_READ, Reach.ALL)),
          Map.entry("GetPolicy", need(Permission.ADMIN_READ, Reach.ALL)),
          Map.entry("ReloadConfiguration", need(Permission.ADMIN_WRITE, Reach.ALL)),
          Map.entry("CheckPermission", need(Permission.ADMIN_READ, Reach.ALL)));

  @TempDir private Path directory;
  private GuardedServer server;
  private TestBroker broker;

  /** Of callers such as next-mine, next-all and nothing. */
  private final Map<String, String> keys = new HashMap<>();

  @BeforeEach
  void start() throws Exception {
    StringBuilder rules = new StringBuilder("rules:\n");
    List<String> callers = new ArrayList<>(List.of("nothing"));
    for (Permission permission : Permission.values()) {
      for (String reach : List.of("mine", "all")) {
        callers.add(permission + "-" + reach);
        rules.append(
            "  - {callers: [\"key:%s-%s\"], accounts: [\"%s\"], may: [%s]}%n"
                .formatted(permission, reach, reach.equals("all") ? "*" : "mine", permission));
      }
    }
    server = new GuardedServer(directory, rules.toString());
    broker = server.broker;
    callers.forEach(caller -> keys.put(caller, server.key(caller, Optional.empty())));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String keyOf(String caller) {
    return "Bearer " + keys.get(caller);
  }

  private static List<MethodDescriptor<?, ?>> methods() {
    List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
    methods.addAll(TokenBrokerGrpc.getServiceDescriptor().getMethods());
    methods.addAll(TokenBrokerAdminGrpc.getServiceDescriptor().getMethods());
    return methods;
  }

  private static Need needOf(MethodDescriptor<?, ?> method) {
    Need need = TABLE.get(method.getBareMethodName());
    assertThat(need).as("%s is in the table", method.getFullMethodName()).isNotNull();
    return need;
  }

  @Test
  void everyMethodIsInTheTable() {
    assertThat(methods())
        .extracting(MethodDescriptor::getBareMethodName)
        .containsExactlyInAnyOrderElementsOf(TABLE.keySet());
    assertThat(
            broker.services().stream()
                .flatMap(service -> service.bindService().getMethods().stream()))
        .extracting(method -> method.getMethodDescriptor().getFullMethodName())
        .containsExactlyInAnyOrderElementsOf(
            methods().stream().map(MethodDescriptor::getFullMethodName).toList());
  }

  /** Only CheckPermission has an account that is not the one it is about. */
  @Test
  void whatNamesAnAccountIsDecidedByIt() {
    for (MethodDescriptor<?, ?> method : methods()) {
      boolean named = input(method).findFieldByName("account") != null;
      assertThat(needOf(method).reach() == Reach.ACCOUNT)
          .as(method.getFullMethodName())
          .isEqualTo(named && !method.getBareMethodName().equals("CheckPermission"));
    }
  }

  static Stream<Arguments> eachMethod() {
    return methods().stream()
        .map(method -> Arguments.of(Named.of(method.getBareMethodName(), method)));
  }

  /** With a server each: logins that fail are bounded, and all of them come from one address. */
  @ParameterizedTest
  @MethodSource("eachMethod")
  void ofEachMethod(MethodDescriptor<?, ?> method) {
    check(method);
  }

  private void check(MethodDescriptor<?, ?> method) {
    Need need = needOf(method);
    for (Permission permission : Permission.values()) {
      boolean right = need.permission().isEmpty() || need.permission().get() == permission;
      boolean mine = right && need.reach() != Reach.ALL;
      boolean other = right && need.reach() == Reach.ANY;
      assertAnswer(method, permission + "-mine", "mine", mine);
      assertAnswer(method, permission + "-mine", "other", other);
      assertAnswer(method, permission + "-mine", "", other);
      assertAnswer(method, permission + "-all", "mine", right);
      assertAnswer(method, permission + "-all", "other", right);
      assertAnswer(method, permission + "-all", "", right);
    }
    assertAnswer(method, "nothing", "mine", need.permission().isEmpty());
    assertUnknown(method, null, "missing");
    assertUnknown(method, "Bearer tbk_" + "A".repeat(43), "unknown");
    assertUnknown(method, "Bearer nonsense", "malformed");
    assertUnknown(method, "Basic dXNlcjpwYXNz", "malformed");
    String expired = server.key("nothing", Optional.of(Duration.ofMillis(1)));
    broker.pass(Duration.ofMillis(2));
    assertUnknown(method, "Bearer " + expired, "expired");
  }

  private void assertAnswer(
      MethodDescriptor<?, ?> method, String caller, String account, boolean allowed) {
    broker.store.put("mine", "secret-of-mine");
    broker.store.put("other", "secret-of-other");
    Answer answer = call(method, keyOf(caller), account);
    boolean denied = answer.code() == Status.Code.PERMISSION_DENIED;
    assertThat(denied)
        .as("%s by %s for \"%s\": %s", method.getFullMethodName(), caller, account, answer)
        .isEqualTo(!allowed);
    assertThat(answer.code())
        .isNotIn(Status.Code.UNAUTHENTICATED, Status.Code.INTERNAL, Status.Code.UNKNOWN);
    if (denied) {
      assertThat(answer.info())
          .containsEntry("reason", "PERMISSION_DENIED")
          .containsEntry("caller", "key:" + caller)
          .containsKey("permission");
    }
  }

  private void assertUnknown(
      MethodDescriptor<?, ?> method, @Nullable String authorization, String cause) {
    Answer answer = call(method, authorization, "mine");
    assertThat(answer.code())
        .as("%s with %s", method.getFullMethodName(), authorization)
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(answer.info())
        .containsEntry("reason", "UNAUTHENTICATED")
        .containsEntry("cause", cause);
  }

  /** Health is for everyone, reflection and channelz for who may debug. */
  @TestFactory
  Stream<DynamicTest> ofTheStandardServices() {
    return Stream.of(
            HealthGrpc.getServiceDescriptor(),
            ServerReflectionGrpc.getServiceDescriptor(),
            io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServiceDescriptor(),
            ChannelzGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream())
        .map(
            method ->
                DynamicTest.dynamicTest(method.getFullMethodName(), () -> checkStandard(method)));
  }

  private void checkStandard(MethodDescriptor<?, ?> method) {
    boolean open = String.valueOf(method.getServiceName()).endsWith(".Health");
    assertThat(call(method, null, "").code() == Status.Code.UNAUTHENTICATED).isEqualTo(!open);
    assertThat(call(method, keyOf("next-all"), "").code() == Status.Code.PERMISSION_DENIED)
        .isEqualTo(!open);
    assertThat(call(method, keyOf("debug-mine"), "").code())
        .isNotIn(Status.Code.PERMISSION_DENIED, Status.Code.UNAUTHENTICATED);
  }

  private static Descriptors.Descriptor input(MethodDescriptor<?, ?> method) {
    ProtoMethodDescriptorSupplier schema =
        (ProtoMethodDescriptorSupplier) Objects.requireNonNull(method.getSchemaDescriptor());
    return schema.getMethodDescriptor().getInputType();
  }

  /**
   * What a caller hears: the first message, or the end.
   *
   * @param info of the ErrorInfo: reason and metadata
   */
  private record Answer(Status.Code code, Map<String, String> info) {}

  private Answer call(
      MethodDescriptor<?, ?> method, @Nullable String authorization, String account) {
    Descriptors.Descriptor type = input(method);
    DynamicMessage.Builder request = DynamicMessage.newBuilder(type);
    FieldDescriptor field = type.findFieldByName("account");
    if (field != null) {
      request.setField(field, account);
    }
    Metadata headers = new Metadata();
    if (authorization != null) {
      headers.put(GuardedServer.AUTHORIZATION, authorization);
    }
    MethodDescriptor<byte[], byte[]> raw =
        MethodDescriptor.newBuilder(new Bytes(), new Bytes())
            .setType(method.getType())
            .setFullMethodName(method.getFullMethodName())
            .build();
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    ClientCall<byte[], byte[]> call = server.channel.newCall(raw, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            answer.complete(new Answer(Status.Code.OK, Map.of()));
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            answer.complete(new Answer(status.getCode(), info(status, trailers)));
          }
        },
        headers);
    call.request(1);
    call.sendMessage(request.build().toByteArray());
    call.halfClose();
    Answer got = answer.join();
    call.cancel("answered", null);
    return got;
  }

  private static Map<String, String> info(Status status, Metadata trailers) {
    Map<String, String> info = new HashMap<>();
    com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
    for (Any detail : details == null ? List.<Any>of() : details.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          ErrorInfo found = detail.unpack(ErrorInfo.class);
          info.putAll(found.getMetadataMap());
          info.put("reason", found.getReason());
        } catch (InvalidProtocolBufferException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return info;
  }
}
