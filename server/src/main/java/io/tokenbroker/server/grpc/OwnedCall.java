package io.tokenbroker.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One call about an account: served here if this broker owns the account, else by whoever does. An
 * owner that is none any more has it looked for again; a stream goes on where it was. A call that a
 * peer hands on goes no further. Everything happens on the event loop of the caller's connection,
 * but for what the services here say.
 */
final class OwnedCall<Q, A> extends ServerCall.Listener<Q> implements OutgoingCall.Caller<Q, A> {
  /** Looks at the owners after which a call is taken from one that owns the account no more. */
  private static final int STRAYED = 2;

  private final Forwarding forwarding;
  private final ForwardingLoop loop;
  private final MethodRule rule;
  private final ServerCall<Q, A> call;
  private final Metadata headers;
  private final ServerCallHandler<Q, A> next;
  private final InboundCall inbound = InboundCall.current();
  private final Context context = Context.current();
  private final boolean unary;

  /** Grows with each call of the loop. */
  final long arrival;

  private @Nullable Q request;

  /** Null before it is known, and where the request is about nothing. */
  private @Nullable Subject subject;

  private boolean over;

  // one of them at the most, and none while an owner is looked for
  private ServerCall.@Nullable Listener<Q> here;
  private @Nullable OutgoingCall<Q, A> there;

  /** Null while there is an owner. */
  private @Nullable OwnerSearch search;

  /** Of a stream of turns. */
  private @Nullable TurnsLeft left;

  private Runnable forget = () -> {};
  private boolean headersSent;

  /** Whether a stream here has got anywhere. */
  private volatile boolean progress;

  OwnedCall(
      Forwarding forwarding,
      ForwardingLoop loop,
      MethodRule rule,
      ServerCall<Q, A> call,
      Metadata headers,
      ServerCallHandler<Q, A> next) {
    this.forwarding = forwarding;
    this.loop = loop;
    this.rule = rule;
    this.call = call;
    this.headers = headers;
    this.next = next;
    this.arrival = loop.nextArrival();
    this.unary = call.getMethodDescriptor().getType().serverSendsOneMessage();
  }

  @Override
  @SuppressWarnings("NullAway") // as MalformedRequests would have it
  public void onMessage(@Nullable Q message) {
    request = message;
  }

  @Override
  public void onHalfClose() {
    Q asked = request;
    int partition = asked == null ? -1 : rule.partition(asked);
    if (asked == null || partition < 0) {
      serveHere(""); // where it is refused
      return;
    }
    subject = new Subject(partition, rule.account(asked), forwarding.fleet.owners());
    if (asked instanceof StreamTokensRequest stream && inbound.hop() == null) {
      left = new TurnsLeft(stream);
      forget = forwarding.turnStreams.open(stream, inbound.caller().owner(), left);
    }
    dispatch();
  }

  @Override
  public void onReady() {
    if (there != null) {
      there.goOn();
    } else if (here != null) {
      here.onReady();
    }
  }

  @Override
  public void onCancel() {
    ServerCall.Listener<Q> served = end();
    if (served != null) {
      served.onCancel();
    }
  }

  @Override
  public void onComplete() {
    ServerCall.Listener<Q> served = end();
    if (served != null) {
      served.onComplete();
    }
  }

  /** Returns what the services here hear by, if they serve it. */
  private ServerCall.@Nullable Listener<Q> end() {
    over = true;
    ServerCall.Listener<Q> served = here;
    here = null;
    OutgoingCall<Q, A> asked = there;
    there = null;
    if (asked != null) {
      asked.cancel("its caller has gone");
    }
    loop.remove(this);
    if (subject != null) {
      loop.seekers.remove(subject.partition(), this);
    }
    forget.run();
    return served;
  }

  /** Whether anything but an answer comes, or one that may be long in coming. */
  private boolean lasts() {
    return !unary || Permit.isWait(request);
  }

  // ---- who answers

  void dispatch() {
    Subject of = subject;
    if (over || of == null) {
      return;
    }
    Owner owner = of.owner();
    if (!loop.seekers.haveGone(owner) && lasts() && inbound.hop() == null) {
      lookAgain(0, ""); // behind them
    } else if (owner instanceof Owner.Here) {
      serveHere("");
    } else if (inbound.hop() != null) {
      if (of.isLease()) {
        serveHere(""); // the database decides, whoever asks it
      } else {
        refuse(of.notOwner());
      }
    } else if (owner instanceof Owner.At at) {
      forward(at);
    } else if (owner instanceof Owner.Unknown unknown) {
      lookAgain(unknown.retryAfter().toNanos(), "");
    }
  }

  /**
   * @param least how long to wait before, in nanoseconds, unless that is too long
   * @param unreached who should have answered; empty if nobody should
   */
  private void lookAgain(long least, String unreached) {
    long now = forwarding.ticker.getAsLong();
    OwnerSearch looking = search;
    if (looking == null) {
      looking = new OwnerSearch(now, forwarding.fleet.patience().toNanos(), lasts());
      search = looking;
    }
    if (looking.isOver(now, !unreached.isEmpty())) {
      split(unreached);
      return;
    }
    forwarding.lookedAgain.increment();
    loop.add(this);
    long delay = looking.nextDelay(least);
    if (lasts() && subject != null) {
      loop.seekers.add(subject.owner(), this, delay);
    } else {
      loop.after(delay, this::dispatch);
    }
  }

  /** The next owner is looked for anew. */
  private void settled() {
    search = null;
    progress = false;
  }

  /** The owner can't be reached, and has no successor; of leases the database decides. */
  private void split(String owner) {
    Subject of = subject;
    if (of == null || of.isLease()) {
      serveHere(owner.isEmpty() ? "unknown" : owner);
      return;
    }
    forwarding
        .fleet
        .split()
        .serves(of.account())
        .whenComplete(
            (serves, failure) -> loop.run(() -> split(of, owner, failure == null && serves)));
  }

  private void split(Subject of, String owner, boolean serves) {
    if (over) {
      return;
    }
    if (of.hasSuccessor(owner)) {
      dispatch();
    } else if ((serves && !of.isThere(owner)) || request instanceof AcquireLeaseRequest) {
      forwarding.split.increment();
      serveHere(owner.isEmpty() ? "unknown" : owner);
    } else {
      refuse(of.notOwner());
    }
  }

  private void refuse(BrokerException failure) {
    inbound.answeredElsewhere(false);
    StatusRuntimeException status = StatusMapper.of(failure);
    Metadata trailers = status.getTrailers();
    close(status.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  private void close(Status status, Metadata trailers) {
    var unused = end();
    call.close(status, trailers);
  }

  // ---- here

  /**
   * @param instead of whom; empty if this broker owns the account
   */
  private void serveHere(String instead) {
    loop.remove(this);
    inbound.answeredElsewhere(false);
    if (left != null) {
      inbound.continueWith(left.demand());
    }
    Context in = request == null ? Context.current() : context; // may say why there is none
    Context before = in.attach();
    try {
      ServerCall.Listener<Q> listener =
          next.startCall(new HereCall<>(this, call, instead), headers);
      here = listener;
      listener.onMessage(asked());
      listener.onHalfClose();
    } finally {
      in.detach(before);
    }
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // as MalformedRequests would have it
  private Q asked() {
    return left == null || !(request instanceof StreamTokensRequest) ? request : (Q) left.request();
  }

  /** The stream whose reader asks for more comes through this broker, and is on its way. */
  private boolean isBetweenOwners(Refused why) {
    return why.is(FailureReason.STREAM_DOES_NOT_EXIST)
        && request instanceof RequestTurnsRequest more
        && forwarding.turnStreams.has(more, inbound.caller().owner());
  }

  private void asked(Status status) {
    if (status.isOk() && request instanceof RequestTurnsRequest more && inbound.hop() == null) {
      forwarding.turnStreams.asked(more, inbound.caller().owner());
    }
  }

  private void movedFromHere(Metadata trailers) {
    here = null;
    if (progress) {
      settled();
    }
    if (!over) {
      moved(Optional.of(trailers));
    }
  }

  private void moved(Optional<Metadata> trailers) {
    if (!isOver(trailers, Status.UNAVAILABLE.withDescription("The account's broker is gone."))) {
      lookAgain(0, "");
    }
  }

  /** Whether a stream of turns is over with its owner, or nobody knows what it waits for. */
  private boolean isOver(Optional<Metadata> trailers, Status unknown) {
    TurnsLeft turns = left;
    if (turns == null) {
      return false;
    }
    boolean known = turns.goOn(trailers);
    if (!known || turns.isDone()) {
      close(known ? Status.OK : unknown, new Metadata());
      return true;
    }
    return false;
  }

  /** Whether nothing has been told yet; it is then. */
  boolean beginsAnswer() {
    boolean first = !headersSent;
    headersSent = true;
    return first;
  }

  /** The services here have told something. */
  void sent(A message) {
    progress = true;
    if (left != null && message instanceof StreamTokensResponse turns) {
      left.sent(turns);
    }
  }

  /**
   * Whether it goes on elsewhere although the services here, who may know better, have ended it.
   */
  boolean goesOn(Status status, Metadata trailers) {
    if (status.isOk() || inbound.hop() != null || subject == null || forwarding.isClosing()) {
      return false;
    }
    Refused why = Refused.of(status, trailers);
    boolean elsewhere = why.is(FailureReason.NOT_OWNER) || isBetweenOwners(why);
    if (elsewhere) {
      loop.run(() -> movedFromHere(trailers));
    }
    return elsewhere;
  }

  /** The services here end it. */
  void ends(Status status, Metadata trailers, String instead) {
    if (inbound.hop() == null) {
      trailers.discardAll(Hop.DEMAND);
    }
    if (!instead.isEmpty()) {
      trailers.put(Hop.SPLIT, instead);
    } else if (subject != null) {
      trailers.put(subject.isUncertain() ? Hop.SPLIT : Hop.OWNER, forwarding.fleet.peers().self());
    }
    asked(status);
  }

  // ---- elsewhere

  private void forward(Owner.At owner) {
    Optional<String> key = forwarding.fleet.peers().keyOf(owner.address());
    if (key.isEmpty()) {
      lookAgain(0, owner.address());
      return;
    }
    forwarding.forwarded.increment();
    inbound.answeredElsewhere(true);
    loop.add(this);
    Context before = context.attach();
    try {
      Metadata onward = Hop.onward(headers);
      TracedCalls.onward(onward);
      String from = loop.text(new Hop(inbound.caller(), AuditedCalls.origin(call.getAttributes())));
      forward(owner, key.get(), from, onward);
    } finally {
      context.detach(before);
    }
  }

  /** With the deadline and the cancellation of the context. */
  private void forward(Owner.At owner, String key, String from, Metadata onward) {
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    PeerLinks.Link link = loop.links.take(owner.address(), !unary);
    if (link.knowsStreams() && BatchedCall.is(request)) {
      BatchedCall<Q, A> batched = new BatchedCall<>(owner, method, link, link.stream(key), this);
      there = batched;
      batched.start(asked(), from, onward);
      return;
    }
    OwnCall<Q, A> own = new OwnCall<>(owner, method, link, loop, this);
    there = own;
    Hop.put(onward, key, from);
    onward.put(Hop.CONNECTION, UnsentAnswers.number(call.getAttributes()));
    if (left != null && left.demand() != InboundCall.AS_ASKED) {
      onward.put(Hop.DEMAND, Long.toString(left.demand()));
    }
    own.start(asked(), onward);
  }

  /** Takes a call from a broker that owns the account no more and does not say so. */
  void look() {
    OutgoingCall<Q, A> asked = there;
    if (asked == null || subject == null) {
      return;
    }
    if (asked.strayed(subject.owner()) >= STRAYED) {
      there = null;
      asked.cancel("it owns the account no more");
      lost(asked, Status.UNAVAILABLE.withDescription("The account's broker does not answer."));
    }
  }

  void recheck() {
    Permit permit = inbound.ownPermit();
    BrokerException refusal = permit == null ? null : permit.checkAgain();
    if (refusal != null && !over) {
      refuse(refusal);
    }
  }

  void shutDown() {
    if (!over && lasts()) {
      refuse(BrokerException.shuttingDown());
    }
  }

  @Override
  public void ended(
      OutgoingCall<Q, A> asked, @Nullable A answer, Status status, Metadata trailers) {
    if (there != asked || over || (answer != null && status.isOk() && !handOver(answer))) {
      return;
    }
    there = null;
    if (Refused.isBroken(status, trailers)) {
      lost(asked, status);
      return;
    }
    Refused why = status.isOk() ? null : Refused.of(status, trailers);
    if (why != null && (why.wantsAnother() || isBetweenOwners(why))) {
      why.tell(forwarding.fleet.owners());
      moved(Optional.of(trailers));
      return;
    }
    trailers.discardAll(Hop.DEMAND);
    asked(status);
    close(status, trailers);
  }

  /** The owner can't be reached, or was lost on the way. */
  private void lost(OutgoingCall<Q, A> asked, Status status) {
    forwarding.unreached.lost(asked.address(), status, asked.wasSent());
    if (asked.wasSent() && !Repeatable.is(call.getMethodDescriptor())) {
      close(status, new Metadata()); // it may have been done
      return;
    }
    if (isOver(Optional.empty(), status)) {
      return;
    }
    boolean isOwner = subject != null && asked.isWith(subject.owner());
    if (!isOwner || lasts() || (asked.wasSent() && search == null)) {
      lookAgain(0, asked.address());
    } else {
      split(asked.address());
    }
  }

  @Override
  public boolean hasRoom() {
    return call.isReady();
  }

  @Override
  public boolean heard(OutgoingCall<Q, A> from, A message) {
    return there == from && !over && handOver(message);
  }

  private boolean handOver(A message) {
    settled();
    try {
      if (beginsAnswer()) {
        call.sendHeaders(new Metadata());
      }
      call.sendMessage(message);
    } catch (RuntimeException e) {
      StatusRuntimeException failure = StatusMapper.of(e); // there is no room for it
      Metadata trailers = failure.getTrailers();
      close(failure.getStatus(), trailers == null ? new Metadata() : trailers);
      return false;
    }
    sent(message);
    return true;
  }
}
