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
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Lets in who may: asks who calls before anything of a request is read. What they may is asked when
 * it has been read, before anything is looked up, by {@link InboundCall#admits}.
 */
final class Admission implements ServerInterceptor {
  private static final Attributes.Key<Authenticator.Peer> PEER =
      Attributes.Key.create("io.tokenbroker.peer");

  private static final Attributes.Key<CallerConnection> CONNECTION =
      Attributes.Key.create("io.tokenbroker.connection");

  private final Authenticator authenticator;
  private final Access access;
  private final CallerBounds bounds;
  private final ConnectionGate gate;
  private final OpenWaits waits;
  private final ConcurrentHashMap<String, MethodRule> rules = new ConcurrentHashMap<>();

  Admission(Callers callers, CallerBounds bounds, OpenWaits waits, ConnectionGate gate) {
    this.bounds = bounds;
    this.waits = waits;
    this.gate = gate;
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
                            Optional.ofNullable(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION)),
                            unixUser(attributes)))
                    .set(CONNECTION, new CallerConnection(bounds, gate, attributes))
                    .build();
              }

              @Override
              public void transportTerminated(@Nullable Attributes attributes) {
                // without any, it has gone before it was ready
                CallerConnection connection =
                    attributes == null ? null : attributes.get(CONNECTION);
                if (connection != null) {
                  connection.closed();
                }
              }
            })
        .intercept(this);
  }

  private static OptionalLong unixUser(Attributes attributes) {
    UnixPeer peer = attributes.get(UnixPeer.KEY);
    return peer == null ? OptionalLong.empty() : OptionalLong.of(peer.uid());
  }

  /** Of a method that is served elsewhere: who is known is told so. */
  void expectKnown(MethodDescriptor<?, ?> method) {
    rules.put(method.getFullMethodName(), MethodRules.KNOWN);
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
    CallerConnection of = connection.get(CONNECTION);
    if (peer == null || of == null) {
      throw new IllegalStateException("a connection of another server");
    }
    Caller caller = of.identify(peer, peer.authorization(headers));
    of.calledBy(caller);
    if (!access.allowsAnywhere(caller, permission)) {
      throw BrokerException.permissionDenied(caller.name(), permission.text());
    }
    return caller;
  }

  boolean isOpen(MethodDescriptor<?, ?> method) {
    return rules.get(method.getFullMethodName()) instanceof MethodRule.Open;
  }

  boolean isOpen() {
    return authenticator.isOpen();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    InboundCall inbound = InboundCall.current();
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    Hop hop = inbound.hop();
    MethodRule rule =
        hop == null
            ? rules.get(method.getFullMethodName())
            : MethodRules.of(method); // whichever address it came to
    Authenticator.Peer peer = call.getAttributes().get(PEER);
    CallerConnection connection = call.getAttributes().get(CONNECTION);
    if (rule == null || peer == null || connection == null) {
      throw new IllegalStateException(method.getFullMethodName() + " of another server");
    }
    boolean ofPeers = rule instanceof MethodRule.OfPeers;
    if (rule instanceof MethodRule.Open || (ofPeers && hop != null)) {
      inbound.identify(Caller.ANONYMOUS, rule, null);
      return next.startCall(call, headers);
    }
    try {
      if (inbound.isForged() || ofPeers) {
        throw connection.notAPeer();
      }
      String authorization = hop == null ? peer.authorization(headers) : null;
      Caller caller = hop == null ? connection.identify(peer, authorization) : hop.caller();
      if (hop == null) {
        connection.calledBy(caller);
      }
      if (!rule.readsRequest()) {
        rule.check(access, caller, method);
      }
      boolean decided = access == Access.ALL || !rule.readsRequest();
      boolean changes = access != Access.ALL || !authenticator.isOpen();
      boolean lasts = !method.getType().serverSendsOneMessage() || (rule.waits() && changes);
      inbound.identify(
          caller,
          rule,
          decided && !lasts
              ? null
              : new Permit(
                  hop == null ? peer : authenticator.vouched(caller),
                  authorization,
                  caller,
                  access,
                  rule,
                  lasts,
                  bounds,
                  waits));
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
