package io.tokenbroker.server.web;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;

/** The empty messages of methods. */
final class Prototypes {
  private Prototypes() {}

  static Message request(MethodDescriptor<?, ?> method) {
    if (method.getRequestMarshaller() instanceof PrototypeMarshaller<?> marshaller
        && marshaller.getMessagePrototype() instanceof Message message) {
      return message;
    }
    throw new IllegalStateException(method.getFullMethodName() + " takes no message");
  }
}
