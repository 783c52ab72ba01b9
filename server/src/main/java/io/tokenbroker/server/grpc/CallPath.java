package io.tokenbroker.server.grpc;

import io.grpc.ForwardingServerBuilder;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands on to the builder of a server what calls pass on their way to the services, and remembers
 * it for those that come by another way.
 */
final class CallPath extends ForwardingServerBuilder<CallPath> {
  private final ServerBuilder<?> server;
  final List<ServerTransportFilter> filters = new ArrayList<>();
  final List<ServerStreamTracer.Factory> tracers = new ArrayList<>();

  /** What was added last is asked first. */
  final List<ServerInterceptor> interceptors = new ArrayList<>();

  final List<ServerServiceDefinition> services = new ArrayList<>();

  CallPath(ServerBuilder<?> server) {
    this.server = server;
  }

  @Override
  protected ServerBuilder<?> delegate() {
    return server;
  }

  @Override
  public CallPath addTransportFilter(ServerTransportFilter filter) {
    filters.add(filter);
    return super.addTransportFilter(filter);
  }

  @Override
  public CallPath addStreamTracerFactory(ServerStreamTracer.Factory factory) {
    tracers.add(factory);
    return super.addStreamTracerFactory(factory);
  }

  @Override
  public CallPath intercept(ServerInterceptor interceptor) {
    interceptors.add(interceptor);
    return super.intercept(interceptor);
  }

  @Override
  public CallPath addService(ServerServiceDefinition service) {
    services.add(service);
    return super.addService(service);
  }
}
