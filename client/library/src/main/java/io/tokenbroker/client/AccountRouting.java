package io.tokenbroker.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link Routing#ACCOUNT} from the requests that have a field {@code account}. A call gets
 * its broker when it starts, and its request comes after that: so the start waits for the request.
 */
final class AccountRouting implements ClientInterceptor {
  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    boolean oneRequest =
        method.getType() == MethodType.UNARY || method.getType() == MethodType.SERVER_STREAMING;
    return oneRequest && options.getOption(Routing.ACCOUNT) == null
        ? new Late<>(method, options, next)
        : next.newCall(method, options);
  }

  private static CallOptions routed(CallOptions options, Object request) {
    if (request instanceof Message message) {
      FieldDescriptor field = message.getDescriptorForType().findFieldByName("account");
      if (field != null
          && field.getJavaType() == FieldDescriptor.JavaType.STRING
          && message.getField(field) instanceof String account
          && !account.isEmpty()) {
        return options.withOption(Routing.ACCOUNT, account);
      }
    }
    return options;
  }

  /** Like every call, it is used by one thread at a time, but for cancel and request. */
  private static final class Late<Q, R> extends ClientCall<Q, R> {
    private final MethodDescriptor<Q, R> method;
    private final CallOptions options;
    private final Channel next;
    private @Nullable Listener<R> listener;
    private Metadata headers = new Metadata();

    // what was asked for until call is set
    @GuardedBy("this")
    private int requested;

    @GuardedBy("this")
    private boolean compressed = true;

    private volatile @Nullable ClientCall<Q, R> call;

    Late(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      this.method = method;
      this.options = options;
      this.next = next;
    }

    @Override
    public void start(Listener<R> responses, Metadata metadata) {
      listener = responses;
      headers = metadata;
    }

    @Override
    public void sendMessage(Q request) {
      begin(routed(options, request)).sendMessage(request);
    }

    @Override
    public void halfClose() {
      begin(options).halfClose();
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
      begin(options).cancel(message, cause);
    }

    private synchronized ClientCall<Q, R> begin(CallOptions routed) {
      ClientCall<Q, R> begun = call;
      if (begun == null) {
        begun = next.newCall(method, routed);
        if (listener != null) {
          begun.start(listener, headers);
          begun.setMessageCompression(compressed);
          if (requested > 0) {
            begun.request(requested);
          }
        }
        call = begun;
      }
      return begun;
    }

    @Override
    public void request(int messages) {
      ClientCall<Q, R> begun = call;
      if (begun == null) {
        synchronized (this) {
          begun = call;
          if (begun == null) {
            requested += messages;
            return;
          }
        }
      }
      begun.request(messages);
    }

    @Override
    public void setMessageCompression(boolean enabled) {
      ClientCall<Q, R> begun = call;
      if (begun == null) {
        synchronized (this) {
          begun = call;
          if (begun == null) {
            compressed = enabled;
            return;
          }
        }
      }
      begun.setMessageCompression(enabled);
    }

    @Override
    public boolean isReady() {
      ClientCall<Q, R> begun = call;
      return begun != null && begun.isReady();
    }

    @Override
    public Attributes getAttributes() {
      ClientCall<Q, R> begun = call;
      return begun == null ? Attributes.EMPTY : begun.getAttributes();
    }
  }
}
