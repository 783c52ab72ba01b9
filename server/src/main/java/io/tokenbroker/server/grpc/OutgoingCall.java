package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.tokenbroker.server.fleet.Owner;
import org.jspecify.annotations.Nullable;

/**
 * A call to the owner of an account, for one that has come here. Used by the event loop of its
 * caller, as is what it tells.
 */
abstract sealed class OutgoingCall<Q, A> permits OwnCall, BatchedCall {
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
  final MethodDescriptor<Q, A> method;
  final Caller<Q, A> caller;
  final PeerLinks.Link link;
  private int strayed;

  OutgoingCall(
      Owner.At owner, MethodDescriptor<Q, A> method, PeerLinks.Link link, Caller<Q, A> caller) {
    this.owner = owner;
    this.method = method;
    this.link = link;
    this.caller = caller;
  }

  /** Nothing is heard of it any more. */
  abstract void cancel(String why);

  /** Whether the owner may have heard of it. */
  abstract boolean wasSent();

  /** Asks for the next message, if there is room for it now. */
  abstract void goOn();

  String address() {
    return owner.address();
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
}
