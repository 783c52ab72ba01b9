package io.tokenbroker.server.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.tokenbroker.peer.v1.AnswerBatch;
import io.tokenbroker.peer.v1.CallBatch;
import io.tokenbroker.peer.v1.PeerAnswer;
import io.tokenbroker.peer.v1.PeerCall;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One stream of calls that a peer hands on. Used by the event loop of its connection, but for
 * {@link #answer} and {@link #close}.
 */
final class PeerInbox extends ServerCall.Listener<CallBatch> {
  /**
   * @param call null for one that was not begun
   */
  private record Answered(
      int id, @Nullable HandedOnCall<?, ?> call, Status status, PeerAnswer answer) {}

  private final PeerStreams streams;
  private final ServerCall<CallBatch, AnswerBatch> stream;
  private final EventExecutor loop;
  private final Map<Integer, HandedOnCall<?, ?>> open = new HashMap<>();
  private List<Answered> answered = new ArrayList<>();
  private boolean due;
  private boolean full;

  /** Whether it ends with the last answer. */
  private boolean ending;

  /** Whether the broker is. */
  private boolean closing;

  private boolean over;

  /**
   * @param loop the connection's
   */
  PeerInbox(PeerStreams streams, ServerCall<CallBatch, AnswerBatch> stream, EventExecutor loop) {
    this.streams = streams;
    this.stream = stream;
    this.loop = loop;
  }

  Attributes connection() {
    return stream.getAttributes();
  }

  @Override
  public void onMessage(CallBatch batch) {
    if (over) {
      return; // none of it is begun
    }
    for (PeerCall call : batch.getCallsList()) {
      begin(call);
    }
    for (int id : batch.getCancelledList()) {
      HandedOnCall<?, ?> cancelled = open.remove(id);
      if (cancelled != null) {
        cancelled.cancel();
      }
    }
    if (stream.isReady()) {
      stream.request(1);
    } else {
      full = true;
    }
  }

  private void begin(PeerCall call) {
    ServerMethodDefinition<?, ?> method = streams.calls.method(call.getMethod()).orElse(null);
    Hop hop = streams.peers.hop(call.getCaller());
    if (closing) {
      refuse(call.getId(), StatusMapper.of(BrokerException.shuttingDown()));
    } else if (method == null || hop == null) {
      // of a newer version, perhaps
      refuse(call.getId(), Status.UNIMPLEMENTED.asRuntimeException());
    } else {
      begin(method, hop, call);
    }
  }

  private <Q, A> void begin(ServerMethodDefinition<Q, A> method, Hop hop, PeerCall from) {
    HandedOnCall<Q, A> call = new HandedOnCall<>(from.getId(), this, method, hop);
    open.put(from.getId(), call);
    call.begin(streams.calls, from);
  }

  private void refuse(int id, StatusRuntimeException why) {
    Metadata trailers = why.getTrailers();
    add(
        new Answered(
            id,
            null,
            why.getStatus(),
            answer(id, why.getStatus(), trailers == null ? new Metadata() : trailers, null)));
  }

  private static <A> PeerAnswer answer(
      int id, Status status, Metadata trailers, @Nullable A message) {
    PeerAnswer.Builder answer = PeerAnswer.newBuilder().setId(id).setCode(status.getCode().value());
    if (status.getDescription() != null) {
      answer.setDescription(status.getDescription());
    }
    if (status.isOk() && message != null) {
      answer.setMessage(((MessageLite) message).toByteString());
    }
    Headers.write(trailers, answer::addTrailers);
    return answer.build();
  }

  /** By any thread. */
  <A> void answer(HandedOnCall<?, A> call, Status status, Metadata trailers, @Nullable A message) {
    Answered made =
        new Answered(call.id(), call, status, answer(call.id(), status, trailers, message));
    if (loop.inEventLoop()) {
      add(made);
      return;
    }
    try {
      loop.execute(() -> add(made));
    } catch (RejectedExecutionException e) {
      // it has ended, and the stream with it
    }
  }

  private void add(Answered answer) {
    answered.add(answer);
    if (!due) {
      due = true;
      loop.execute(this::flush);
    }
  }

  /** Unless their reader has no room. */
  private void flush() {
    due = false;
    if (over || !stream.isReady()) {
      return;
    }
    if (!answered.isEmpty()) {
      List<Answered> sent = answered;
      answered = new ArrayList<>();
      AnswerBatch.Builder batch = AnswerBatch.newBuilder();
      sent.forEach(each -> batch.addAnswers(each.answer));
      stream.sendMessage(batch.build());
      for (Answered each : sent) {
        HandedOnCall<?, ?> call = each.call;
        if (call != null) {
          open.remove(each.id, call);
          call.complete(each.status);
        }
      }
    }
    endIfDone();
  }

  private void endIfDone() {
    if (ending && !over && open.isEmpty() && answered.isEmpty()) {
      end();
      stream.close(Status.OK, new Metadata());
    }
  }

  private void end() {
    over = true;
    streams.ended(this);
  }

  @Override
  public void onReady() {
    flush();
    if (full && stream.isReady()) {
      full = false;
      stream.request(1);
    }
  }

  @Override
  public void onHalfClose() {
    ending = true;
    endIfDone();
  }

  /** Ends it as soon as all that it has brought is answered; what comes then is refused. */
  void close() {
    loop.execute(
        () -> {
          closing = true;
          ending = true;
          endIfDone();
        });
  }

  @Override
  public void onCancel() {
    onComplete();
  }

  /** Also if gRPC has ended it: nobody hears the answers of what is still open. */
  @Override
  public void onComplete() {
    if (!over) {
      end();
    }
    List<HandedOnCall<?, ?>> left = List.copyOf(open.values());
    open.clear();
    left.forEach(HandedOnCall::cancel);
  }
}
