package io.tokenbroker.server.abuse;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.abuse.Sample.Kind;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerStub;
import io.tokenbroker.v1.TokenLimits;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Callers who do what they should, at a steady rate, and note how it went. */
final class GoodCallers {
  /** An account that an attacker uses too. */
  static final String SHARED = "shared";

  /** The same, of a hundred turns a second, which callers wait for. */
  static final String SCARCE = "scarce";

  static final String LEASED = "leased";

  private static final List<String> ACCOUNTS = List.of("good-0", "good-1", "good-2", "good-3");
  private static final long TURN_MILLIS = 5;
  private static final long LEASE_MILLIS = 250;
  private static final long RARE_MILLIS = 500;
  private static final long DEADLINE_SECONDS = 5;

  private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
  private final Target target;
  private final List<ManagedChannel> channels;
  private int calls;

  /**
   * @param key their own; empty where nobody is asked for one
   */
  GoodCallers(int port, String key) {
    target = new Target(port, 0, 0, key);
    channels = target.connect(ACCOUNTS.size());
    for (String account : ACCOUNTS) {
      target.add(account, 10, 20, TokenLimits.getDefaultInstance());
    }
    target.add(SHARED, 10, 20, TokenLimits.getDefaultInstance());
    target.add(LEASED, 100, 20, TokenLimits.getDefaultInstance());
    every(TURN_MILLIS, this::turn);
    every(LEASE_MILLIS, this::lease);
    every(RARE_MILLIS, this::scoped);
    every(RARE_MILLIS, this::connect);
    if (!key.isEmpty()) {
      target.add(SCARCE, 1, 20, Target.rate(10));
      every(RARE_MILLIS, this::inLine);
    }
  }

  Queue<Sample> samples() {
    return samples;
  }

  private void every(long millis, Runnable call) {
    var unused = timer.scheduleAtFixedRate(call, millis, millis, TimeUnit.MILLISECONDS);
  }

  private static TokenBrokerStub stub(ManagedChannel channel) {
    return TokenBrokerGrpc.newStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .withWaitForReady();
  }

  private void turn() {
    int number = calls++ % ACCOUNTS.size();
    stub(channels.get(number)).nextToken(request(ACCOUNTS.get(number), ""), noted(Kind.TURN));
  }

  private void scoped() {
    String scope = "good-" + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    stub(channels.get(0)).nextToken(request(SHARED, scope), noted(Kind.SCOPED));
  }

  private void inLine() {
    NextTokenRequest request =
        NextTokenRequest.newBuilder().setAccount(SCARCE).setWait(true).build();
    stub(channels.get(2)).nextToken(request, noted(Kind.WAIT));
  }

  private void connect() {
    ManagedChannel channel = target.connect();
    Runnable end = channel::shutdown;
    stub(channel)
        .nextToken(request(ACCOUNTS.get(0), ""), new Note<>(Kind.CONNECT, answer -> {}, end));
  }

  private void lease() {
    AcquireLeaseRequest request =
        AcquireLeaseRequest.newBuilder().setAccount(LEASED).setHolder("good").build();
    Consumer<AcquireLeaseResponse> release = answer -> release(answer.getLease());
    stub(channels.get(1)).acquireLease(request, new Note<>(Kind.LEASE, release, () -> {}));
  }

  private void release(Lease lease) {
    stub(channels.get(1))
        .releaseLease(
            ReleaseLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .build(),
            noted(Kind.LEASE));
  }

  private static NextTokenRequest request(String account, String scope) {
    return NextTokenRequest.newBuilder().setAccount(account).setScope(scope).build();
  }

  private <A> Note<A> noted(Kind kind) {
    return new Note<>(kind, answer -> {}, () -> {});
  }

  /** Notes how long a call took and how it ended. */
  private final class Note<A> implements StreamObserver<A> {
    private final long begin = System.nanoTime();
    private final Kind kind;
    private final Consumer<A> answered;
    private final Runnable ended;

    Note(Kind kind, Consumer<A> answered, Runnable ended) {
      this.kind = kind;
      this.answered = answered;
      this.ended = ended;
    }

    @Override
    public void onNext(A answer) {
      answered.accept(answer);
    }

    @Override
    public void onError(Throwable failure) {
      end(Status.fromThrowable(failure).getCode());
    }

    @Override
    public void onCompleted() {
      end(Status.Code.OK);
    }

    private void end(Status.Code code) {
      samples.add(new Sample(kind, begin, System.nanoTime() - begin, code));
      ended.run();
    }
  }

  /** Ends them, once their last calls have been answered or given up. */
  void stop() throws InterruptedException {
    timer.shutdown();
    for (ManagedChannel channel : channels) {
      channel.shutdown();
      boolean unused = channel.awaitTermination(DEADLINE_SECONDS + 1, TimeUnit.SECONDS);
    }
  }
}
