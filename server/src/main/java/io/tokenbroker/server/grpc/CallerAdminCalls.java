package io.tokenbroker.server.grpc;

import com.google.protobuf.Timestamp;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.CallerKey;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Access.Explanation;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.KeyRing;
import io.tokenbroker.server.security.Permission;
import io.tokenbroker.server.security.PolicyStatus;
import io.tokenbroker.v1.CheckPermissionRequest;
import io.tokenbroker.v1.CheckPermissionResponse;
import io.tokenbroker.v1.CreateCallerKeyRequest;
import io.tokenbroker.v1.CreateCallerKeyResponse;
import io.tokenbroker.v1.GetPolicyResponse;
import io.tokenbroker.v1.ListCallerKeysResponse;
import io.tokenbroker.v1.RevokeCallerKeysRequest;
import io.tokenbroker.v1.RevokeCallerKeysResponse;
import io.tokenbroker.v1.UpdateCallerKeyRequest;
import io.tokenbroker.v1.UpdateCallerKeyResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The calls of the control plane about callers. Runs on event loops and never blocks. */
public final class CallerAdminCalls {
  private final KeyRing keys;
  private final Access access;
  private final InstantSource clock;

  public CallerAdminCalls(KeyRing keys, Access access, InstantSource clock) {
    this.keys = keys;
    this.access = access;
    this.clock = clock;
  }

  void create(CreateCallerKeyRequest request, StreamObserver<CreateCallerKeyResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          String name = Fields.checked("name", request.getName(), CallerKey::checkedName);
          Optional<Instant> end = end(request.hasExpireTime(), request.getExpireTime());
          if (end.isPresent() && !end.get().isAfter(clock.instant())) {
            throw BrokerException.invalidField("expire_time", "must be in the future");
          }
          return keys.create(name, end);
        },
        made ->
            CreateCallerKeyResponse.newBuilder()
                .setKey(made.text())
                .setCallerKey(message(made.key()))
                .build());
  }

  private static Optional<Instant> end(boolean given, Timestamp time) {
    return given ? Optional.of(Fields.time("expire_time", time)) : Optional.empty();
  }

  void list(StreamObserver<ListCallerKeysResponse> observer) {
    UnaryAnswer.answer(
        observer,
        keys::list,
        all -> {
          ListCallerKeysResponse.Builder response = ListCallerKeysResponse.newBuilder();
          all.forEach(key -> response.addCallerKeys(message(key)));
          return response.build();
        });
  }

  void update(UpdateCallerKeyRequest request, StreamObserver<UpdateCallerKeyResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () ->
            keys.expire(
                Fields.checked("key_id", request.getKeyId(), CallerKey::checkedId),
                end(request.hasExpireTime(), request.getExpireTime())),
        changed -> UpdateCallerKeyResponse.newBuilder().setCallerKey(message(changed)).build());
  }

  void revoke(RevokeCallerKeysRequest request, StreamObserver<RevokeCallerKeysResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          if (request.getKeyId().isEmpty() == request.getName().isEmpty()) {
            throw BrokerException.invalidField("key_id", "or name must be given, not both");
          }
          return request.getName().isEmpty()
              ? keys.revokeById(Fields.checked("key_id", request.getKeyId(), CallerKey::checkedId))
              : keys.revokeByName(
                  Fields.checked("name", request.getName(), CallerKey::checkedName));
        },
        count -> RevokeCallerKeysResponse.newBuilder().setRevokedCount(count).build());
  }

  void policy(StreamObserver<GetPolicyResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> CompletableFuture.completedFuture(access.status()),
        (PolicyStatus status) -> {
          GetPolicyResponse.Builder response =
              GetPolicyResponse.newBuilder()
                  .setFile(status.file())
                  .setRuleCount(status.rules())
                  .addAllProblems(status.problems());
          status.loadTime().ifPresent(time -> response.setLoadTime(WireTimes.timestamp(time)));
          return response.build();
        });
  }

  void check(CheckPermissionRequest request, StreamObserver<CheckPermissionResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          Caller caller =
              Fields.checked("caller", request.getCaller(), CallerAdminCalls::anyCaller);
          Permission permission =
              Permission.of(request.getPermission())
                  .orElseThrow(
                      () -> BrokerException.invalidField("permission", "is none of a policy's"));
          Optional<String> account =
              request.getAccount().isEmpty()
                  ? Optional.empty()
                  : Optional.of(
                      Fields.checked("account", request.getAccount(), AccountId::new).value());
          return CompletableFuture.completedFuture(access.explain(caller, permission, account));
        },
        (Explanation explanation) ->
            CheckPermissionResponse.newBuilder()
                .setAllowed(explanation.allowed())
                .setExplanation(explanation.text())
                .build());
  }

  /** How it would be known does not matter to a policy. */
  private static Caller anyCaller(String name) {
    if (name.isBlank() || name.length() > 1024) {
      throw new IllegalArgumentException("must have 1 to 1,024 characters");
    }
    return new Caller(Caller.Kind.KEY, name);
  }

  private static io.tokenbroker.v1.CallerKey message(CallerKey key) {
    io.tokenbroker.v1.CallerKey.Builder message =
        io.tokenbroker.v1.CallerKey.newBuilder()
            .setKeyId(key.id())
            .setName(key.name())
            .setCreateTime(WireTimes.timestamp(key.createTime()));
    key.expireTime().ifPresent(end -> message.setExpireTime(WireTimes.timestamp(end)));
    return message.build();
  }
}
