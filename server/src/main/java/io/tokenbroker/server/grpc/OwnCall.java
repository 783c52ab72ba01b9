package io.tokenbroker.server.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.tokenbroker.server.fleet.Owner;
import org.jspecify.annotations.Nullable;

/** One that is a call of gRPC of its own. */
final class OwnCall<Q, A> extends OutgoingCall<Q, A> {
  private final ForwardingLoop loop;
  private final boolean unary;
  private final SendingTracer sending = new SendingTracer();
  private final ClientCall<Q, A> call;
  private @Nullable A answer;
  private boolean waits;

  OwnCall(
      Owner.At owner,
      MethodDescriptor<Q, A> method,
      PeerLinks.Link link,
      ForwardingLoop loop,
      Caller<Q, A> caller) {
    super(owner, method, link, caller);
    this.loop = loop;
    this.unary = method.getType().serverSendsOneMessage();
    this.call = link.channel.newCall(method, CallOptions.DEFAULT.withStreamTracerFactory(sending));
  }

  /** In the context whose deadline and cancellation it is to have. */
  void start(Q request, Metadata headers) {
    call.start(new Answers(), headers);
    call.request(unary ? 2 : 1);
    call.sendMessage(request);
    call.halfClose();
  }

  @Override
  void cancel(String why) {
    call.cancel(why, null);
  }

  @Override
  boolean wasSent() {
    return sending.wasSent();
  }

  @Override
  void goOn() {
    if (waits && caller.hasRoom()) {
      waits = false;
      call.request(1);
    }
  }

  private final class Answers extends ClientCall.Listener<A> {
    @Override
    public void onMessage(A message) {
      loop.run(() -> heard(message));
    }

    private void heard(A message) {
      if (unary) {
        answer = message;
      } else if (caller.heard(OwnCall.this, message)) {
        waits = true;
        goOn();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      loop.run(
          () -> {
            link.giveBack();
            caller.ended(OwnCall.this, answer, status, trailers);
          });
    }
  }
}
