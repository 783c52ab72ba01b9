package io.tokenbroker.server.grpc;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The methods of services that an address does not have, as another one has them: callers whom the
 * broker knows are told so. Those that every address has are served.
 */
final class AddressMethods extends HandlerRegistry {
  private final Plane plane;
  private final Admission admission;
  private final Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();
  private final List<ServerServiceDefinition> services = new ArrayList<>();

  /**
   * @param plane what the address has
   */
  AddressMethods(Plane plane, Admission admission) {
    this.plane = plane;
    this.admission = admission;
  }

  void add(ServerServiceDefinition service) {
    ServerServiceDefinition.Builder here =
        ServerServiceDefinition.builder(service.getServiceDescriptor());
    service.getMethods().forEach(method -> here.addMethod(add(method)));
    services.add(here.build());
  }

  /** Of no service that callers see. */
  void addForPeers(ServerMethodDefinition<?, ?> definition) {
    admission.expect(definition.getMethodDescriptor());
    methods.put(definition.getMethodDescriptor().getFullMethodName(), definition);
  }

  /** As they are here. */
  List<ServerServiceDefinition> services() {
    return List.copyOf(services);
  }

  private ServerMethodDefinition<?, ?> add(ServerMethodDefinition<?, ?> definition) {
    MethodDescriptor<?, ?> method = definition.getMethodDescriptor();
    boolean served = plane.hasMethod(method);
    if (served) {
      admission.expect(method);
    } else {
      admission.expectKnown(method);
    }
    ServerMethodDefinition<?, ?> here = served ? definition : refused(definition);
    methods.put(method.getFullMethodName(), here);
    return here;
  }

  /** But for what another broker hands on: its callers have come to the right address there. */
  private <Q, A> ServerMethodDefinition<Q, A> refused(ServerMethodDefinition<Q, A> definition) {
    MethodDescriptor<Q, A> method = definition.getMethodDescriptor();
    BrokerException refusal = plane.refusal();
    return ServerMethodDefinition.create(
        method,
        (call, headers) -> {
          if (InboundCall.current().hop() != null) {
            return definition.getServerCallHandler().startCall(call, headers);
          }
          StatusRuntimeException status = StatusMapper.of(refusal);
          Metadata trailers = status.getTrailers();
          call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
          return new ServerCall.Listener<Q>() {};
        });
  }

  @Override
  public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
      String name, @Nullable String authority) {
    return methods.get(name);
  }
}
