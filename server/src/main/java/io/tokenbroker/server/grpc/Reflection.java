package io.tokenbroker.server.grpc;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.rpc.ErrorDetailsProto;
import com.google.rpc.StatusProto;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;

/**
 * The reflection services. They tell of what the files of services import, and so not of the
 * details of errors, which travel as Any: these are put in as imports of the first one's own file.
 */
final class Reflection {
  private Reflection() {}

  static BindableService v1() {
    ServerServiceDefinition service = ProtoReflectionServiceV1.newInstance().bindService();
    return () -> tellingOfErrorDetails(service);
  }

  /** For tools older than 2023, of which there are many. */
  @SuppressWarnings("deprecation")
  static BindableService v1Alpha() {
    ServerServiceDefinition service = ProtoReflectionService.newInstance().bindService();
    return () -> service;
  }

  private static ServerServiceDefinition tellingOfErrorDetails(ServerServiceDefinition service) {
    ServiceDescriptor described = service.getServiceDescriptor();
    if (!(described.getSchemaDescriptor() instanceof ProtoFileDescriptorSupplier own)) {
      return service;
    }
    // as a lambda: the files are read when somebody asks, not at the start
    ProtoFileDescriptorSupplier more = () -> withErrorDetails(own.getFileDescriptor());
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(described.getName()).setSchemaDescriptor(more);
    for (MethodDescriptor<?, ?> method : described.getMethods()) {
      descriptor.addMethod(method);
    }
    ServerServiceDefinition.Builder telling = ServerServiceDefinition.builder(descriptor.build());
    service.getMethods().forEach(telling::addMethod);
    return telling.build();
  }

  private static FileDescriptor withErrorDetails(FileDescriptor own) {
    FileDescriptor[] imports = {
      own, ErrorDetailsProto.getDescriptor(), StatusProto.getDescriptor()
    };
    FileDescriptorProto.Builder file =
        FileDescriptorProto.newBuilder().setName("tokenbroker/reflected.proto");
    for (FileDescriptor each : imports) {
      file.addDependency(each.getName());
    }
    try {
      return FileDescriptor.buildFrom(file.build(), imports);
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }
}
