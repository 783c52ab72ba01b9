package io.tokenbroker.server.e2e;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.tokenbroker.v1.TokenBrokerAdminProto;
import io.tokenbroker.v1.TokenBrokerProto;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Calls every method that the contract has, with what it may be given and what it may not. */
record EveryCall(ManagedChannel channel, Map<String, String> texts, String secret) {
  /** The methods that secrets may come out of; one more is a decision. */
  private static final Set<String> HAND_OUT =
      Set.of("NextToken", "NextTokens", "StreamTokens", "AcquireLease", "StreamLeases");

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  /**
   * What came back.
   *
   * @param may whether secrets are what it is for
   */
  record Answer(String method, String text, boolean may) {}

  static List<com.google.protobuf.Descriptors.MethodDescriptor> methods() {
    List<com.google.protobuf.Descriptors.MethodDescriptor> methods = new ArrayList<>();
    TokenBrokerProto.getDescriptor().getServices().forEach(s -> methods.addAll(s.getMethods()));
    TokenBrokerAdminProto.getDescriptor()
        .getServices()
        .forEach(s -> methods.addAll(s.getMethods()));
    return methods;
  }

  /** Those that take everything away come last. */
  List<Answer> all() {
    List<Answer> answers = new ArrayList<>();
    List<com.google.protobuf.Descriptors.MethodDescriptor> methods = new ArrayList<>(methods());
    methods.sort(
        (one, other) -> Boolean.compare(isRemoval(one.getName()), isRemoval(other.getName())));
    for (com.google.protobuf.Descriptors.MethodDescriptor method : methods) {
      DynamicMessage good = message(method.getInputType(), false);
      DynamicMessage bad = message(method.getInputType(), true);
      answers.add(call(method, good));
      answers.add(call(method, bad));
      answers.add(call(method, unknown(method.getInputType())));
      answers.add(call(method, DynamicMessage.getDefaultInstance(method.getInputType())));
    }
    return answers;
  }

  private static boolean isRemoval(String name) {
    return name.startsWith("Remove") || name.startsWith("Delete") || name.startsWith("Revoke");
  }

  /** With the secret in a field that the contract does not have. */
  private DynamicMessage unknown(Descriptor type) {
    return DynamicMessage.newBuilder(type)
        .setUnknownFields(
            UnknownFieldSet.newBuilder()
                .addField(
                    1_000,
                    UnknownFieldSet.Field.newBuilder()
                        .addLengthDelimited(ByteString.copyFromUtf8(secret))
                        .build())
                .build())
        .build();
  }

  private DynamicMessage message(Descriptor type, boolean wrong) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      Object value = value(field, wrong);
      if (value == null) {
        continue;
      }
      if (field.isRepeated()) {
        message.addRepeatedField(field, value);
      } else {
        message.setField(field, value);
      }
    }
    return message.build();
  }

  private Object value(FieldDescriptor field, boolean wrong) {
    if (field.getOptions().getDebugRedact()) {
      return secret;
    }
    if (field.getJavaType() == JavaType.STRING) {
      return texts.get(field.getName());
    }
    if (field.getJavaType() == JavaType.MESSAGE) {
      boolean ours = field.getMessageType().getFullName().startsWith("tokenbroker.");
      return ours && !field.getName().equals("limits") && !field.getName().equals("settings")
          ? message(field.getMessageType(), wrong)
          : null;
    }
    if (field.getJavaType() == JavaType.INT || field.getJavaType() == JavaType.LONG) {
      int number = wrong ? -7 : 1;
      return field.getJavaType() == JavaType.INT ? (Object) number : (Object) (long) number;
    }
    return null;
  }

  private Answer call(
      com.google.protobuf.Descriptors.MethodDescriptor method, DynamicMessage request) {
    MethodDescriptor<DynamicMessage, DynamicMessage> grpc =
        MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
            .setType(method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY)
            .setFullMethodName(method.getService().getFullName() + "/" + method.getName())
            .setRequestMarshaller(
                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
            .setResponseMarshaller(
                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType())))
            .build();
    String text;
    Context.CancellableContext context = Context.current().withCancellation();
    Context before = context.attach();
    try {
      text = answer(grpc, request);
    } catch (StatusRuntimeException e) {
      Metadata trailers = e.getTrailers();
      byte[] details = trailers == null ? null : trailers.get(DETAILS);
      text =
          e
              + " "
              + trailers
              + " "
              + (details == null ? "" : ByteString.copyFrom(details).toStringUtf8());
    } finally {
      context.detach(before);
      context.cancel(null);
    }
    return new Answer(method.getName(), text, HAND_OUT.contains(method.getName()));
  }

  private String answer(
      MethodDescriptor<DynamicMessage, DynamicMessage> method, DynamicMessage request) {
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS);
    if (method.getType() == MethodType.UNARY) {
      return text(ClientCalls.blockingUnaryCall(channel, method, options, request));
    }
    Iterator<DynamicMessage> messages =
        ClientCalls.blockingServerStreamingCall(channel, method, options, request);
    // a stream may have nothing more to say, so the first is enough
    return messages.hasNext() ? text(messages.next()) : "";
  }

  private static String text(DynamicMessage message) {
    return new String(message.toByteArray(), StandardCharsets.ISO_8859_1);
  }
}
