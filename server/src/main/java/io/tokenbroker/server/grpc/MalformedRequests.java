package io.tokenbroker.server.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests that are no message of their method, such as ones with text that is not UTF-8,
 * like any other bad input. gRPC itself would say UNKNOWN, and log a stack trace for each.
 */
final class MalformedRequests implements ServerInterceptor {
  /** What is wrong with a request that was read elsewhere, if it is known. */
  static final Context.Key<BrokerException> WHY = Context.key("malformed");

  private MalformedRequests() {}

  static ServerServiceDefinition refusedBy(ServerServiceDefinition service) {
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    service.getMethods().forEach(method -> methods.add(lenient(method)));
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder lenient = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(lenient::addMethod);
    return ServerInterceptors.intercept(lenient.build(), new MalformedRequests());
  }

  private static <Q, A> ServerMethodDefinition<Q, A> lenient(ServerMethodDefinition<Q, A> method) {
    MethodDescriptor<Q, A> strict = method.getMethodDescriptor();
    return ServerMethodDefinition.create(
        strict.toBuilder(new Lenient<>(strict.getRequestMarshaller()), answers(strict)).build(),
        method.getServerCallHandler());
  }

  private static <Q, A> Marshaller<A> answers(MethodDescriptor<Q, A> method) {
    Marshaller<A> plain = method.getResponseMarshaller();
    return method
            .getFullMethodName()
            .equals(TokenBrokerGrpc.getWatchAccountMethod().getFullMethodName())
        ? new EncodedOnce<>(plain)
        : plain;
  }

  /** Makes null of what can't be parsed. */
  private record Lenient<Q>(Marshaller<Q> strict) implements PrototypeMarshaller<Q> {
    @Override
    public @Nullable Q getMessagePrototype() {
      return strict instanceof PrototypeMarshaller<Q> known ? known.getMessagePrototype() : null;
    }

    @Override
    public Class<Q> getMessageClass() {
      if (strict instanceof PrototypeMarshaller<Q> known) {
        return known.getMessageClass();
      }
      throw new IllegalStateException("a marshaller of no protobuf message");
    }

    @Override
    public InputStream stream(Q value) {
      return strict.stream(value);
    }

    @Override
    @SuppressWarnings("NullAway") // nobody but the listener below gets to see it
    public @Nullable Q parse(InputStream stream) {
      try {
        return strict.parse(stream);
      } catch (StatusRuntimeException e) {
        return null;
      }
    }
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean refused;

      @Override
      public void onMessage(Q message) {
        if (refused) {
          return;
        }
        if (message != null) {
          super.onMessage(message);
          return;
        }
        refused = true;
        BrokerException why = WHY.get();
        StatusRuntimeException status =
            StatusMapper.of(
                why == null
                    ? BrokerException.invalidField("request", "is not a message of this method")
                    : why);
        Metadata trailers = status.getTrailers();
        call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }

      @Override
      public void onReady() {
        if (!refused) {
          super.onReady();
        }
      }
    };
  }
}
