package io.tokenbroker.server.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.tokenbroker.peer.v1.AnswerBatch;
import io.tokenbroker.peer.v1.CallBatch;
import io.tokenbroker.peer.v1.PeerAnswer;
import io.tokenbroker.peer.v1.PeerCall;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Short calls to one peer, as many in a message as have come meanwhile. Used by the thread of one
 * event loop.
 */
final class PeerStream extends ClientCall.Listener<AnswerBatch> {
  static final MethodDescriptor<CallBatch, AnswerBatch> METHOD =
      MethodDescriptor.<CallBatch, AnswerBatch>newBuilder()
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName("tokenbroker.peer.v1.Peers/HandOn")
          .setRequestMarshaller(ProtoUtils.marshaller(CallBatch.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(AnswerBatch.getDefaultInstance()))
          .build();

  /** Of requests in a message; a single one may have more. */
  private static final int MOST_BYTES = 16 * 1024;

  /**
   * After which another stream takes new calls, which finds the connection that is to be used by
   * then: one that has reached its greatest age is left.
   */
  private static final long AGE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final ForwardingLoop loop;
  private final SendingTracer sending = new SendingTracer();
  private final ClientCall<CallBatch, AnswerBatch> call;
  private final Runnable unknown;
  private final Map<Integer, BatchedCall<?, ?>> open = new HashMap<>();
  private CallBatch.Builder batch = CallBatch.newBuilder();
  private int bytes;
  private int calls;
  private boolean due;
  private boolean retired;

  /**
   * @param link connection to the peer
   * @param headers that show who opens it
   * @param unknown is run if the peer does not know such streams
   */
  PeerStream(ForwardingLoop loop, PeerLinks.Link link, Metadata headers, Runnable unknown) {
    this.loop = loop;
    this.unknown = unknown;
    this.call = link.channel.newCall(METHOD, CallOptions.DEFAULT.withStreamTracerFactory(sending));
    call.start(this, headers);
    call.request(1);
    loop.after(AGE_NANOS, this::retire);
  }

  /** Whether it takes no more calls. */
  boolean isRetired() {
    return retired;
  }

  /** Ends it when those that are open have been answered. */
  void retire() {
    if (!retired) {
      flush();
      retired = true;
      call.halfClose();
    }
  }

  boolean wasSent() {
    return sending.wasSent();
  }

  /** With the deadline of the current context. Returns its id. */
  <Q> int add(BatchedCall<Q, ?> begun, String method, String caller, Q request, Metadata headers) {
    int id = ++calls;
    open.put(id, begun);
    PeerCall.Builder added =
        batch
            .addCallsBuilder()
            .setId(id)
            .setMethod(method)
            .setCaller(caller)
            .setRequest(((MessageLite) request).toByteString());
    Headers.write(headers, added::addHeaders);
    Deadline deadline = Context.current().getDeadline();
    if (deadline != null) {
      added.setTimeoutMillis(Math.max(1, deadline.timeRemaining(TimeUnit.MILLISECONDS)));
    }
    bytes += added.getRequest().size();
    if (bytes >= MOST_BYTES) {
      flush();
    } else {
      flushLater();
    }
    return id;
  }

  void cancel(int id) {
    BatchedCall<?, ?> cancelled = open.remove(id);
    if (cancelled != null) {
      cancelled.link.giveBack();
      if (!retired) {
        batch.addCancelled(id);
        flushLater();
      }
    }
  }

  /** When the loop has read what is there to be read, of all connections. */
  private void flushLater() {
    if (!due) {
      due = true;
      loop.execute(this::flush);
    }
  }

  private void flush() {
    due = false;
    if (retired || (batch.getCallsCount() == 0 && batch.getCancelledCount() == 0)) {
      return;
    }
    call.sendMessage(batch.build());
    batch = CallBatch.newBuilder();
    bytes = 0;
  }

  @Override
  public void onMessage(AnswerBatch answers) {
    loop.run(() -> answered(answers.getAnswersList()));
  }

  private void answered(List<PeerAnswer> answers) {
    for (PeerAnswer answer : answers) {
      BatchedCall<?, ?> asked = open.remove(answer.getId());
      if (asked != null) {
        asked.answered(answer);
      }
    }
    call.request(1);
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    loop.run(() -> closed(status, trailers));
  }

  private void closed(Status status, Metadata trailers) {
    retired = true;
    Status why = status;
    if (status.getCode() == Status.Code.UNIMPLEMENTED) {
      unknown.run();
    }
    if (status.isOk() || status.getCode() == Status.Code.UNIMPLEMENTED) {
      why = Status.UNAVAILABLE.withDescription("The account's broker has ended the stream.");
    }
    List<BatchedCall<?, ?>> left = List.copyOf(open.values());
    open.clear();
    for (BatchedCall<?, ?> asked : left) {
      Metadata each = new Metadata(); // whoever hears of it may add to it
      each.merge(trailers);
      asked.ended(null, why, each);
    }
  }
}
