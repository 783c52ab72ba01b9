package io.tokenbroker.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.Caller;
import org.jspecify.annotations.Nullable;

/**
 * What one call holds of the {@link InboundBudget}, from its first byte until it is closed; refuses
 * it when that is too much. Everything happens on the event loop of its connection, which also
 * reads the requests.
 */
final class InboundCall extends ServerStreamTracer implements Caller.Identified {
  /**
   * Of each part of a request that comes by itself: it keeps a buffer of its own until the request
   * is whole.
   */
  private static final int PART_BYTES = 2 * 1024;

  /** An open call without its request, about. */
  private static final int EMPTY_BYTES = 1536;

  /** Of a stream of turns: by its request. */
  static final long AS_ASKED = -1;

  private InboundBudget.@Nullable Inbox connection;
  private @Nullable ServerCall<?, ?> call;
  private @Nullable Caller caller;
  private MethodRule rule = MethodRules.KNOWN;
  private @Nullable Permit permit;
  private @Nullable Hop hop;
  private @Nullable Object request;
  private boolean keepsRequest;
  private boolean forged;
  private volatile boolean elsewhere;
  private volatile long demand = AS_ASKED;

  /** What it needs, and what it has taken for that: never less, so that most calls take once. */
  private long needed = EMPTY_BYTES;

  private long held;
  private boolean refused;
  private boolean closed;

  static InboundCall current() {
    if (Caller.KEY.get() instanceof InboundCall call) {
      return call;
    }
    throw new IllegalStateException("there is no call of a server that is watched");
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValue(Caller.KEY, this);
  }

  /**
   * @param asked what the method needs, at this address
   * @param checked what its request is held against; null if it may have all that it asks for
   */
  void identify(Caller who, MethodRule asked, @Nullable Permit checked) {
    caller = who;
    rule = asked;
    permit = checked;
  }

  MethodRule rule() {
    return rule;
  }

  /** A peer hands it on. */
  void handedOn(Hop by, long outstanding) {
    hop = by;
    demand = outstanding;
  }

  /** Whoever makes it says to be a peer, and is none. */
  void forged() {
    forged = true;
  }

  boolean isForged() {
    return forged;
  }

  /** Null if it is its caller's own. */
  @Nullable Hop hop() {
    return hop;
  }

  @Nullable Permit ownPermit() {
    return permit;
  }

  /** Whether the account's owner answers, which also writes down what it hands out. */
  void answeredElsewhere(boolean there) {
    elsewhere = there;
  }

  boolean isAnsweredElsewhere() {
    return elsewhere;
  }

  /** A stream goes on with so many turns that were asked for. */
  void continueWith(long outstanding) {
    demand = outstanding;
  }

  /** What the stream that this thread opens has been asked for; {@link #AS_ASKED} at first. */
  static long demand() {
    return Caller.KEY.get() instanceof InboundCall call ? call.demand : AS_ASKED;
  }

  /** From its arrival on, for whoever writes down what becomes of it. */
  void keepRequest() {
    keepsRequest = true;
  }

  /** What was kept; null until it has come, or if it could not be read. */
  @Nullable Object request() {
    return request;
  }

  /** What the call that this thread works on was let in by; null if nobody asks. */
  static @Nullable Permit permit() {
    return Caller.KEY.get() instanceof InboundCall call ? call.permit : null;
  }

  /**
   * Tells whether the call may go on with what it asks for; if not, it has been closed.
   *
   * @param message null for one that could not be parsed, which is refused further in
   */
  boolean admits(@Nullable Object message) {
    if (refused) {
      return false;
    }
    if (keepsRequest) {
      request = message;
    }
    BrokerException refusal = permit == null || message == null ? null : permit.check(message);
    if (refusal != null) {
      refused = true;
      close(StatusMapper.of(refusal));
    }
    return refusal == null;
  }

  @Override
  public Caller caller() {
    if (caller == null) {
      throw new IllegalStateException("nobody has asked who calls");
    }
    return caller;
  }

  /** Tells whether the call may go on; if not, it has been closed. */
  boolean begin(ServerCall<?, ?> begun) {
    call = begun;
    connection = InboundBudget.of(begun.getAttributes());
    take(connection, InboundBudget.CALL_BYTES);
    return !refused;
  }

  /** Counts no more: what it brings is calls that count. */
  void release() {
    InboundBudget.Inbox from = connection;
    if (from != null) {
      connection = null;
      from.giveBack(held);
    }
  }

  /** Also that its caller has been sent the answer. */
  boolean isClosed() {
    return closed;
  }

  boolean isRefused() {
    return refused;
  }

  /** As the bytes of a request arrive, whether it is whole or not. */
  @Override
  public void inboundWireSize(long bytes) {
    need(bytes + PART_BYTES);
  }

  /** As a request is read: its message takes about as much again. */
  @Override
  public void inboundUncompressedSize(long bytes) {
    need(bytes);
  }

  private void need(long bytes) {
    needed += bytes;
    if (needed > held && connection != null && !closed) {
      take(connection, needed - held);
    }
  }

  private void take(InboundBudget.Inbox from, long bytes) {
    held += bytes;
    if (from.take(bytes)) {
      return;
    }
    if (!refused) {
      refuse();
      from.refused(this);
    } else if (from.isExcessive()) {
      // has gRPC drop what it has of the request, although its sender may not read the answer
      throw new StatusRuntimeException(Status.RESOURCE_EXHAUSTED, null);
    }
  }

  private void refuse() {
    refused = true;
    close(
        StatusMapper.of(
            BrokerException.brokerBusy(
                "The open calls of this connection hold too much of requests. Try again.",
                "limits.max_request_bytes")));
  }

  private void close(StatusRuntimeException status) {
    Metadata trailers = status.getTrailers();
    if (call != null) {
      call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
    }
  }

  @Override
  public void streamClosed(Status status) {
    if (connection != null && !closed) {
      closed = true;
      connection.giveBack(held);
    }
  }
}
