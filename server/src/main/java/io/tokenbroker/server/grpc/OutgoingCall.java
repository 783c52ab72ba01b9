package io.tokenbroker.server.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.tokenbroker.server.fleet.Owner;
import org.jspecify.annotations.Nullable;

/**
 * A call to the owner of an account, for one that has come here. Used by the event loop of its
 * caller, as is what it tells.
 */
final class OutgoingCall<Q, A> extends ClientCall.Listener<A> {
  /** Who has the call made. */
  interface Caller<Q, A> {
    /**
     * One message of a stream.
     *
     * @return whether another one may come, when there is room for it
     */
    boolean heard(OutgoingCall<Q, A> from, A message);

    boolean hasRoom();

    /**
     * @param answer of a unary call that has one
     */
    void ended(OutgoingCall<Q, A> from, @Nullable A answer, Status status, Metadata trailers);
  }

  private final Owner.At owner;
  private final ForwardingLoop loop;
  private final PeerLinks.Link link;
  private final Caller<Q, A> caller;
  private final boolean unary;
  private final ClientCall<Q, A> call;
  private int strayed;
  private @Nullable A answer;
  private boolean waits;
  private volatile boolean sent;

  OutgoingCall(
      Owner.At owner, MethodDescriptor<Q, A> method, ForwardingLoop loop, Caller<Q, A> caller) {
    this.owner = owner;
    this.loop = loop;
    this.link = loop.links.take(owner.address());
    this.caller = caller;
    this.unary = method.getType().serverSendsOneMessage();
    this.call =
        link.channel.newCall(method, CallOptions.DEFAULT.withStreamTracerFactory(new Sending()));
  }

  /** In the context whose deadline and cancellation it is to have. */
  void start(Q request, Metadata headers) {
    call.start(this, headers);
    call.request(unary ? 2 : 1);
    call.sendMessage(request);
    call.halfClose();
  }

  void cancel(String why) {
    call.cancel(why, null);
  }

  String address() {
    return owner.address();
  }

  /** Whether the owner may have heard of it. */
  boolean wasSent() {
    return sent;
  }

  /**
   * How often in a row, with this time, the account was seen to be another one's.
   *
   * @param now who owns it
   */
  int strayed(Owner now) {
    strayed = isWith(now) ? 0 : strayed + 1;
    return strayed;
  }

  boolean isWith(Owner now) {
    return now instanceof Owner.At at && at.address().equals(owner.address());
  }

  /** Asks for the next message, if there is room for it now. */
  void goOn() {
    if (waits && caller.hasRoom()) {
      waits = false;
      call.request(1);
    }
  }

  @Override
  public void onMessage(A message) {
    loop.run(() -> heard(message));
  }

  private void heard(A message) {
    if (unary) {
      answer = message;
    } else if (caller.heard(this, message)) {
      waits = true;
      goOn();
    }
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    loop.run(
        () -> {
          link.giveBack();
          caller.ended(this, answer, status, trailers);
        });
  }

  /** Takes note of when the call is on its way. */
  private final class Sending extends ClientStreamTracer.Factory {
    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void outboundHeaders() {
          sent = true;
        }
      };
    }
  }
}
