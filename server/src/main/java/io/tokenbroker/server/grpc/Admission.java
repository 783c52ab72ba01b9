package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.Permission;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets in who may: asks who calls before anything of a request is read. What they may is asked when
 * it has been read, before anything is looked up, by {@link InboundCall#admits}.
 */
final class Admission implements ServerInterceptor {
  private static final Attributes.Key<Authenticator.Peer> PEER =
      Attributes.Key.create("io.tokenbroker.peer");

  private final Authenticator authenticator;
  private final Access access;
  private final ConcurrentHashMap<String, MethodRule> rules = new ConcurrentHashMap<>();

  Admission(Callers callers) {
    this.authenticator = callers.authenticator();
    this.access = callers.access();
  }

  void guard(CallPath builder) {
    builder
        .addTransportFilter(
            new ServerTransportFilter() {
              @Override
              public Attributes transportReady(Attributes attributes) {
                return attributes.toBuilder()
                    .set(
                        PEER,
                        authenticator.peer(
                            Optional.ofNullable(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION))))
                    .build();
              }
            })
        .intercept(this);
  }

  /**
   * @throws IllegalStateException if it has no rule
   */
  void expect(MethodDescriptor<?, ?> method) {
    rules.put(method.getFullMethodName(), MethodRules.of(method));
  }

  /**
   * Who asks for something that is no call.
   *
   * @throws BrokerException if that is not known, or it may not
   */
  Caller admit(Attributes connection, Metadata headers, Permission permission) {
    Authenticator.Peer peer = connection.get(PEER);
    if (peer == null) {
      throw new IllegalStateException("a connection of another server");
    }
    Caller caller = peer.caller(headers);
    if (!access.allowsAnywhere(caller, permission)) {
      throw BrokerException.permissionDenied(caller.name(), permission.text());
    }
    return caller;
  }

  boolean isOpen() {
    return authenticator.isOpen();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    InboundCall inbound = InboundCall.current();
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    MethodRule rule = rules.get(method.getFullMethodName());
    Authenticator.Peer peer = call.getAttributes().get(PEER);
    if (rule == null || peer == null) {
      throw new IllegalStateException(method.getFullMethodName() + " of another server");
    }
    if (rule instanceof MethodRule.Open) {
      inbound.identify(Caller.ANONYMOUS, null);
      return next.startCall(call, headers);
    }
    try {
      String authorization = peer.authorization(headers);
      Caller caller = peer.caller(authorization);
      if (!rule.readsRequest()) {
        rule.check(access, caller, method);
      }
      boolean decided = access == Access.ALL || !rule.readsRequest();
      boolean lasts =
          !method.getType().serverSendsOneMessage() || (rule.waits() && !authenticator.isOpen());
      inbound.identify(
          caller,
          decided && !lasts ? null : new Permit(peer, authorization, caller, access, rule, lasts));
    } catch (BrokerException e) {
      refuse(call, e);
      return new ServerCall.Listener<>() {};
    }
    return next.startCall(call, headers);
  }

  private static void refuse(ServerCall<?, ?> call, BrokerException failure) {
    StatusRuntimeException status = StatusMapper.of(failure);
    Metadata trailers = status.getTrailers();
    call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
  }
}
