package io.tokenbroker.server.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.tokenbroker.peer.v1.AnswerBatch;
import io.tokenbroker.peer.v1.CallBatch;
import io.tokenbroker.peer.v1.PeerAnswer;
import io.tokenbroker.peer.v1.PeerCall;
import io.tokenbroker.server.model.BrokerException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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

  /**
   * Of a message, which has one call more at the most: far below the least limits.max_message_size.
   */
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

  /** Without an answer, by their ids. */
  private final Map<Integer, BatchedCall<?, ?>> open = new HashMap<>();

  /** Of those what has not gone out: the connection is not up yet, or the peer does not read. */
  private final Map<Integer, Unsent> unsent = new LinkedHashMap<>();

  private CallBatch.Builder batch = CallBatch.newBuilder();
  private int calls;
  private boolean due;
  private boolean retired;

  /** Whether all has gone out that ever will. */
  private boolean complete;

  private @Nullable StatusRuntimeException end;
  private @Nullable Future<?> age;

  private record Unsent(PeerCall.Builder call, @Nullable Deadline deadline) {}

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
    if (end == null) { // a peer that could not be reached a moment ago is not tried
      call.request(1);
      age = loop.later(AGE_NANOS, this::retire);
    }
  }

  /** Whether it takes no more calls. */
  boolean isRetired() {
    return retired;
  }

  /** Ends it when those that are open have been answered. */
  void retire() {
    if (!retired) {
      retired = true;
      flush();
    }
  }

  /** Whether the peer may have heard of anything. */
  boolean wasSent() {
    return sending.wasSent();
  }

  /**
   * With the deadline of the current context. It hears nothing before this has returned.
   *
   * @return its id
   */
  int add(BatchedCall<?, ?> begun, String method, String caller, Object request, Metadata headers) {
    int id = ++calls;
    open.put(id, begun);
    PeerCall.Builder added =
        PeerCall.newBuilder()
            .setId(id)
            .setMethod(method)
            .setCaller(caller)
            .setRequest(((MessageLite) request).toByteString());
    Headers.writeOnward(headers, added::addHeaders);
    unsent.put(id, new Unsent(added, Context.current().getDeadline()));
    flushLater();
    return id;
  }

  /** One that has gone out goes on at a peer that is told no more, as the stream is retired. */
  void cancel(int id) {
    BatchedCall<?, ?> cancelled = open.remove(id);
    if (cancelled != null) {
      cancelled.link.giveBack();
      if (unsent.remove(id) == null && !retired) {
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
    if (end != null) {
      endAll(end);
      return;
    }
    while (!complete && call.isReady() && (!unsent.isEmpty() || batch.getCancelledCount() > 0)) {
      fill();
      call.sendMessage(batch.build());
      batch = CallBatch.newBuilder();
    }
    if (retired && unsent.isEmpty() && !complete) {
      complete = true;
      call.halfClose();
    }
  }

  private void fill() {
    int bytes = 0;
    Iterator<Unsent> next = unsent.values().iterator();
    while (next.hasNext() && bytes < MOST_BYTES) {
      Unsent each = next.next();
      next.remove();
      if (each.deadline != null) {
        each.call.setTimeoutMillis(Math.max(1, each.deadline.timeRemaining(TimeUnit.MILLISECONDS)));
      }
      PeerCall built = each.call.build();
      bytes += built.getSerializedSize();
      batch.addCalls(built);
    }
  }

  @Override
  public void onReady() {
    loop.run(this::flush);
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
    if (age != null) {
      age.cancel(false);
    }
    if (status.getCode() == Status.Code.UNIMPLEMENTED) {
      unknown.run();
    }
    end = why(status, trailers);
    endAll(end);
  }

  /** What those hear that are open: each may be made again, but for the reason of a broker. */
  private static StatusRuntimeException why(Status status, Metadata trailers) {
    if (status.isOk() || status.getCode() == Status.Code.UNIMPLEMENTED) {
      return StatusMapper.of(BrokerException.shuttingDown()); // the peer has begun none of them
    }
    return Refused.isOfBroker(trailers)
        ? status.asRuntimeException(trailers)
        : Status.UNAVAILABLE
            .withDescription(status.getCode() + ": " + status.getDescription())
            .withCause(status.getCause())
            .asRuntimeException();
  }

  private void endAll(StatusRuntimeException why) {
    List<BatchedCall<?, ?>> left = List.copyOf(open.values());
    open.clear();
    unsent.clear();
    for (BatchedCall<?, ?> asked : left) {
      Metadata trailers = new Metadata(); // whoever hears of it may add to it
      Metadata said = why.getTrailers();
      if (said != null) {
        trailers.merge(said);
      }
      asked.ended(null, why.getStatus(), trailers);
    }
  }
}
