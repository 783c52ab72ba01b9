package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.audit.Refusal;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.Permission;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The services, behind all that calls pass on their way to them, for those that don't come each by
 * itself over HTTP/2: in JSON, or in a message of a peer. Thread-safe; calls begin on an event loop
 * of the server and stay there.
 */
public final class TranscodedCalls {
  private final Supplier<? extends ScheduledExecutorService> eventLoop;
  private final Admission admission;
  private final Optional<AuditLog> audit;
  private final List<ServerTransportFilter> filters;
  private final List<ServerStreamTracer.Factory> tracers;
  private final Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();

  /**
   * @param served at this address, and what another one serves
   * @param eventLoop the one that asks
   */
  TranscodedCalls(
      CallPath path,
      AddressMethods served,
      Admission admission,
      Optional<AuditLog> audit,
      Supplier<? extends ScheduledExecutorService> eventLoop) {
    this.admission = admission;
    this.audit = audit;
    this.eventLoop = eventLoop;
    this.filters = List.copyOf(path.filters);
    this.tracers = List.copyOf(path.tracers);
    Stream.concat(served.services().stream(), path.services.stream())
        .map(service -> ServerInterceptors.intercept(service, path.interceptors))
        .flatMap(service -> service.getMethods().stream())
        .forEach(method -> methods.put(method.getMethodDescriptor().getFullMethodName(), method));
  }

  /**
   * What is the same for all calls of a connection: who is at its other end.
   *
   * @param tls null in plain text
   */
  public Attributes connected(SocketAddress peer, @Nullable SSLSession tls) {
    Attributes.Builder known = Attributes.newBuilder().set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, peer);
    if (tls != null) {
      known.set(Grpc.TRANSPORT_ATTR_SSL_SESSION, tls);
    }
    Attributes attributes = known.build();
    for (ServerTransportFilter filter : filters) {
      attributes = filter.transportReady(attributes);
    }
    return attributes;
  }

  /** That such a connection is closed. */
  public void disconnected(Attributes connection) {
    filters.forEach(filter -> filter.transportTerminated(connection));
  }

  /**
   * @param name such as {@code tokenbroker.v1.TokenBroker/NextToken}
   */
  public Optional<ServerMethodDefinition<?, ?>> method(String name) {
    return Optional.ofNullable(methods.get(name));
  }

  /** Whether the same messages of a method go to many callers; they have no secrets. */
  public boolean isForMany(ServerMethodDefinition<?, ?> method) {
    return method.getMethodDescriptor().getResponseMarshaller() instanceof EncodedOnce<?>;
  }

  /** Whether nobody who calls a method is asked who it is, whatever else is. */
  public boolean isForEveryone(ServerMethodDefinition<?, ?> method) {
    return admission.isOpen(method.getMethodDescriptor());
  }

  /** Whether everyone who reaches the server is let in. */
  public boolean isOpen() {
    return admission.isOpen();
  }

  /**
   * Decides whether somebody may have something that is no call of a service.
   *
   * @param what in words of the audit log
   * @param then is told what is in the way, empty if nothing is: when that is written down, by any
   *     thread
   */
  public void admit(
      Attributes connection,
      Metadata headers,
      Permission permission,
      String what,
      Consumer<Optional<StatusRuntimeException>> then) {
    StatusRuntimeException refusal;
    String caller;
    try {
      Caller unused = admission.admit(connection, headers, permission);
      then.accept(Optional.empty());
      return;
    } catch (BrokerException e) {
      refusal = StatusMapper.of(e);
      caller = e.details().metadata().getOrDefault("caller", "");
    }
    Status status = refusal.getStatus();
    Metadata trailers = refusal.getTrailers();
    if (!AuditRefusal.is(status)) {
      then.accept(Optional.of(refusal));
      return;
    }
    String reason = trailers == null ? "" : AuditRefusal.reason(status, trailers);
    refused(
        new Refusal(
            caller,
            AuditedCalls.origin(connection).from(),
            what,
            "",
            status.getCode().name(),
            reason),
        () -> then.accept(Optional.of(refusal)));
  }

  /**
   * That somebody is sent away for what is no call at all.
   *
   * @param what in words of the audit log
   * @param then is run when that is written down, by any thread
   */
  public void turnedAway(Attributes connection, String what, String reason, Runnable then) {
    refused(
        new Refusal(
            "",
            AuditedCalls.origin(connection).from(),
            what,
            "",
            Status.Code.PERMISSION_DENIED.name(),
            reason),
        then);
  }

  private void refused(Refusal refusal, Runnable then) {
    if (audit.isPresent()) {
      audit.get().refused(refusal, written -> then.run());
    } else {
      then.run();
    }
  }

  /**
   * Begins a call, which may be closed already when this returns.
   *
   * @param timeoutMillis 0 for none
   */
  public <Q, A> TranscodedCall<Q> begin(
      ServerMethodDefinition<Q, A> method,
      Metadata headers,
      long timeoutMillis,
      ServerCall<Q, A> call) {
    String name = method.getMethodDescriptor().getFullMethodName();
    Context context = Context.ROOT;
    List<ServerStreamTracer> watching =
        tracers.stream().map(factory -> factory.newServerStreamTracer(name, headers)).toList();
    for (ServerStreamTracer tracer : watching) {
      context = tracer.filterContext(context);
    }
    return TranscodedCall.begin(
        method.getServerCallHandler(),
        headers,
        call,
        watching,
        timeoutMillis == 0
            ? context.withCancellation()
            : context.withDeadline(
                Deadline.after(timeoutMillis, TimeUnit.MILLISECONDS), eventLoop.get()));
  }
}
