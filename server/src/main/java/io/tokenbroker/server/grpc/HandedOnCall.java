package io.tokenbroker.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.tokenbroker.peer.v1.PeerCall;
import io.tokenbroker.server.model.BrokerException;
import org.jspecify.annotations.Nullable;

/**
 * A call that has come in a message with others. Its caller's side is used by the event loop of the
 * connection alone; answers may come from any thread.
 */
final class HandedOnCall<Q, A> extends ServerCall<Q, A> {
  private final int id;
  private final PeerInbox inbox;
  private final ServerMethodDefinition<Q, A> method;
  private final Hop hop;
  private @Nullable TranscodedCall<Q> begun;

  @GuardedBy("this")
  private @Nullable A answer;

  @GuardedBy("this")
  private boolean closed;

  private volatile boolean cancelled;

  /**
   * @param inbox of the stream
   * @param hop whose call it is
   */
  HandedOnCall(int id, PeerInbox inbox, ServerMethodDefinition<Q, A> method, Hop hop) {
    this.id = id;
    this.inbox = inbox;
    this.method = method;
    this.hop = hop;
  }

  int id() {
    return id;
  }

  Hop hop() {
    return hop;
  }

  void begin(TranscodedCalls calls, PeerCall from) {
    TranscodedCall<Q> call =
        calls.begin(method, Headers.read(from.getHeadersList()), from.getTimeoutMillis(), this);
    begun = call;
    int bytes = from.getRequest().size();
    call.received(bytes);
    call.reading(bytes);
    Q request = method.getMethodDescriptor().parseRequest(from.getRequest().newInput());
    if (request == null) {
      call.refuse(BrokerException.invalidField("request", "is not a message of this method"));
    } else {
      call.request(request);
    }
  }

  /** Its caller waits no longer. */
  void cancel() {
    cancelled = true;
    if (begun != null) {
      begun.cancel(Status.CANCELLED);
    }
  }

  /** Its answer is on its way. */
  void complete(Status status) {
    if (begun != null) {
      begun.complete(status);
    }
  }

  @Override
  public void request(int count) {}

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public synchronized void sendMessage(A message) {
    answer = message;
  }

  @Override
  public void close(Status status, Metadata trailers) {
    A last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = answer;
    }
    inbox.answer(this, status, trailers, last);
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public MethodDescriptor<Q, A> getMethodDescriptor() {
    return method.getMethodDescriptor();
  }

  @Override
  public Attributes getAttributes() {
    return inbox.connection();
  }
}
