package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.tokenbroker.peer.v1.AnswerBatch;
import io.tokenbroker.peer.v1.CallBatch;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Takes streams of calls from peers, each of which goes the way of one that came by itself.
 * Thread-safe.
 */
final class PeerStreams implements ServerCallHandler<CallBatch, AnswerBatch> {
  final TranscodedCalls calls;
  final PeerCalls peers;
  private final Supplier<? extends EventExecutor> eventLoop;
  private final Set<PeerInbox> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  /**
   * @param eventLoop the one that asks
   */
  PeerStreams(TranscodedCalls calls, PeerCalls peers, Supplier<? extends EventExecutor> eventLoop) {
    this.calls = calls;
    this.peers = peers;
    this.eventLoop = eventLoop;
  }

  ServerMethodDefinition<CallBatch, AnswerBatch> definition() {
    return ServerMethodDefinition.create(PeerStream.METHOD, this);
  }

  /** That a peer opens it is seen to by {@link Admission}. */
  @Override
  public ServerCall.Listener<CallBatch> startCall(
      ServerCall<CallBatch, AnswerBatch> call, Metadata headers) {
    InboundCall inbound = InboundCall.current();
    inbound.answeredElsewhere(true); // each of its calls is written down by itself,
    inbound.release(); // and counted
    PeerInbox inbox = new PeerInbox(this, call, eventLoop.get());
    call.sendHeaders(new Metadata());
    open.add(inbox);
    call.request(1);
    if (closing) {
      inbox.close();
    }
    return inbox;
  }

  void ended(PeerInbox inbox) {
    open.remove(inbox);
  }

  /** Ends all as soon as what they have brought is answered. */
  void close() {
    closing = true;
    open.forEach(PeerInbox::close);
  }
}
