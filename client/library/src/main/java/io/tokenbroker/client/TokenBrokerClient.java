package io.tokenbroker.client;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.stub.AbstractStub;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RenewLeaseResponse;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.ReportOutcomeResponse;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks one or more brokers for turns. Make one for the whole program and share it: it is
 * thread-safe and keeps its connections.
 *
 * <p>Every call throws {@link io.grpc.StatusRuntimeException} on failure; {@link BrokerErrors}
 * reads its details. A call that meets UNAVAILABLE is tried again up to three times within about a
 * second, on the next broker if there are several, unless doing it twice would do harm. Turns hold
 * secrets, and their {@code toString} prints them: never log a turn.
 *
 * <p>With several brokers, all that names an account goes to one of them while it is up, reports
 * included; leases are renewed and released where they were granted.
 */
public final class TokenBrokerClient implements AutoCloseable {
  private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

  private final Channel channel;
  private final @Nullable ManagedChannel owned;
  private final TokenBrokerGrpc.TokenBrokerBlockingStub stub;
  private final TokenBrokerGrpc.TokenBrokerStub asyncStub;
  private final TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub adminStub;
  private final Set<TokenSequence> sequences = ConcurrentHashMap.newKeySet();
  private final Set<LeaseStream> leaseStreams = ConcurrentHashMap.newKeySet();
  private final Background background = new Background();

  private TokenBrokerClient(Channel channel, @Nullable ManagedChannel owned) {
    this.channel = channel;
    this.owned = owned;
    this.stub = TokenBrokerGrpc.newBlockingStub(channel);
    this.asyncStub = TokenBrokerGrpc.newStub(channel);
    this.adminStub = TokenBrokerAdminGrpc.newBlockingStub(channel);
  }

  /**
   * Opens a client to these brokers, {@code host:port} each; without any to 127.0.0.1:50051.
   *
   * @throws IllegalArgumentException if an endpoint is malformed
   */
  public static TokenBrokerClient connect(String... endpoints) {
    return connect(
        endpoints.length == 0
            ? ClientOptions.DEFAULT
            : ClientOptions.DEFAULT.withEndpoints(endpoints));
  }

  /**
   * Opens a client. It connects with the first call, so that this succeeds without a broker.
   *
   * @throws IllegalArgumentException if an endpoint is malformed, the deadline not positive, or a
   *     file of {@link ClientOptions#tls} or the token file can't be used
   */
  public static TokenBrokerClient connect(ClientOptions options) {
    DefaultDeadline deadline = new DefaultDeadline(options.deadline());
    Optional<ClientTls> tls = options.tls().map(ClientTls::load);
    Optional<TokenFile> token = options.tokenFile().map(TokenFile::load);
    ManagedChannel managed = BrokerChannel.open(options.endpoints(), tls);
    new Reconnector(managed, DelayedExecutor.JDK, TokenBrokerClient::random).watch();
    Channel known =
        token.<Channel>map(file -> ClientInterceptors.intercept(managed, file)).orElse(managed);
    TokenBrokerClient client =
        new TokenBrokerClient(
            ClientInterceptors.interceptForward(intercept(known, deadline), options.interceptors()),
            managed);
    tls.ifPresent(files -> files.watch(client.background));
    token.ifPresent(file -> file.watch(client.background));
    return client;
  }

  /**
   * Uses a channel that remains the caller's to shut down, with the balancing, retries and
   * keepalive it has. With several brokers, let its load-balancing policy be {@link
   * AccountBalancerProvider#POLICY}.
   *
   * @param deadline see {@link ClientOptions#deadline}
   */
  public static TokenBrokerClient over(Channel channel, Duration deadline) {
    return new TokenBrokerClient(intercept(channel, new DefaultDeadline(deadline)), null);
  }

  private static Channel intercept(Channel channel, DefaultDeadline deadline) {
    return ClientInterceptors.intercept(
        channel, new OwnerTrailers(), new AccountRouting(), deadline, new LostConnections());
  }

  /** The next turn of an account. Blocks for at most the deadline. */
  public Turn nextToken(String account) {
    return nextToken(account, TurnOptions.DEFAULT);
  }

  /**
   * The next turn of an account for a scope, or after a wait. Blocks for at most the deadline; if
   * there is a wait, for that, and 2 s more if the broker does not answer then.
   */
  public Turn nextToken(String account, TurnOptions options) {
    return within(stub, options).nextToken(request(account, options)).getTurn();
  }

  /** As {@link #nextTokenAsync(String, TurnOptions)} with the default options. */
  public CompletableFuture<Turn> nextTokenAsync(String account) {
    return nextTokenAsync(account, TurnOptions.DEFAULT);
  }

  /**
   * The next turn of an account, later. The future fails with a {@code StatusRuntimeException};
   * cancelling it cancels the call. What hangs on the future runs on the channel's threads unless
   * it brings its own executor.
   */
  public CompletableFuture<Turn> nextTokenAsync(String account, TurnOptions options) {
    return PendingAnswer.of(
        answer -> within(asyncStub, options).nextToken(request(account, options), answer),
        NextTokenResponse::getTurn);
  }

  /** As {@link #nextTokens(String, int, TurnOptions)} with the default options. */
  public List<Turn> nextTokens(String account, int count) {
    return nextTokens(account, count, TurnOptions.DEFAULT);
  }

  /**
   * Several turns of an account, with no other caller's turn between them.
   *
   * @param count 1 to 1,000
   * @param options the wait is for the first turn
   * @return at least one turn and at most {@code count}; fewer when no more tokens are ready, and
   *     when the secrets are so long that the answer would pass about 1 MiB
   */
  public List<Turn> nextTokens(String account, int count, TurnOptions options) {
    NextTokensRequest.Builder request =
        NextTokensRequest.newBuilder()
            .setAccount(account)
            .setCount(count)
            .setScope(options.scope());
    if (options.waits()) {
      request.setWait(true).setMaxWait(options.longestWait());
    }
    return within(stub, options).nextTokens(request.build()).getTurnsList();
  }

  /** As {@link #reportOutcome(String, Turn, String, Report)}, without a scope. */
  public ReportOutcomeResponse reportOutcome(String account, Turn turn, Report report) {
    return reportOutcome(account, turn, "", report);
  }

  /**
   * Tells the broker what the upstream answered. Blocks for at most the deadline. A second report
   * of the same turn changes nothing, so that this may be repeated.
   *
   * @param scope what the token was used for, as when it was asked for; empty for none
   * @param report see {@link Reports} and {@link HttpReports}
   */
  public ReportOutcomeResponse reportOutcome(
      String account, Turn turn, String scope, Report report) {
    return stub.reportOutcome(request(account, turn, scope, report));
  }

  void reportOutcome(String account, Turn turn, String scope, Report report, Duration timeout) {
    var unused =
        stub.withDeadlineAfter(Durations.saturatedNanos(timeout), TimeUnit.NANOSECONDS)
            .reportOutcome(request(account, turn, scope, report));
  }

  /**
   * As {@link #reportOutcome(String, Turn, String, Report)}, later; see {@link #nextTokenAsync}.
   */
  public CompletableFuture<ReportOutcomeResponse> reportOutcomeAsync(
      String account, Turn turn, String scope, Report report) {
    ReportOutcomeRequest request = request(account, turn, scope, report);
    return PendingAnswer.of(answer -> asyncStub.reportOutcome(request, answer));
  }

  /** As {@link #withToken(String, AttemptOptions, Call)} with the default options. */
  public <T extends @Nullable Object, X extends Exception> Answer<T> withToken(
      String account, Call<T, X> call) throws X {
    return withToken(account, AttemptOptions.DEFAULT, call);
  }

  /**
   * Makes a call with the next token, tells the broker its outcome, and makes it again with the
   * next token after RATE_LIMITED, QUOTA_EXHAUSTED, UNAUTHORIZED and FORBIDDEN. While no token is
   * ready or the broker is away, this waits. Blocks for {@link AttemptOptions#within} and the
   * attempt that runs then.
   *
   * @return the answer of the last attempt, also if the upstream refused every token: look at its
   *     report. A report that fails does not change it
   * @throws X what the call throws; the broker is told UPSTREAM_ERROR
   * @throws io.grpc.StatusRuntimeException if there was no token for the first attempt; CANCELLED
   *     if the thread was interrupted in the meantime
   */
  public <T extends @Nullable Object, X extends Exception> Answer<T> withToken(
      String account, AttemptOptions options, Call<T, X> call) throws X {
    return new Attempts(this, System::nanoTime, Sleeper.SLEEP, TokenBrokerClient::random)
        .run(account, options, call);
  }

  /** A supply of turns of an account with the default options. Close it after use. */
  public TokenSequence stream(String account) {
    return stream(account, StreamOptions.DEFAULT);
  }

  /** A supply of turns of an account. It connects at once and never blocks here. */
  public TokenSequence stream(String account, StreamOptions options) {
    return stream(account, options, DelayedExecutor.JDK, TokenBrokerClient::random);
  }

  TokenSequence stream(
      String account, StreamOptions options, DelayedExecutor delayed, DoubleSupplier random) {
    TokenSequence sequence =
        new TokenSequence(
            asyncStub.withOption(Routing.SAME_BROKER, new SameBroker()),
            account,
            options,
            delayed,
            random,
            sequences::remove);
    sequences.add(sequence);
    sequence.open();
    return sequence;
  }

  /**
   * Takes a token for the caller alone. Blocks as {@link #nextToken(String, TurnOptions)} does.
   * Close the lease after use; have it renewed with {@link #keep} if it is used for longer than its
   * TTL.
   */
  public TokenLease acquireLease(String account, LeaseOptions options) {
    return acquireLease(account, options, System::nanoTime);
  }

  TokenLease acquireLease(String account, LeaseOptions options, LongSupplier ticker) {
    AcquireLeaseRequest.Builder request =
        AcquireLeaseRequest.newBuilder()
            .setAccount(account)
            .setScope(options.scope())
            .setHolder(options.holder());
    TurnOptions wait = new TurnOptions("", options.maxWait());
    if (wait.waits()) {
      request.setWait(true).setMaxWait(wait.longestWait());
    }
    Duration ttl = options.ttl();
    if (ttl != null) {
      request.setTtl(Messages.duration(ttl));
    }
    SameBroker granting = new SameBroker();
    long begun = ticker.getAsLong();
    AcquireLeaseResponse answer =
        within(stub, wait).withOption(Routing.SAME_BROKER, granting).acquireLease(request.build());
    TokenLease lease = new TokenLease(this, granting, answer.getLease(), ticker, begun);
    long took = ticker.getAsLong() - begun;
    if (took > Durations.saturatedNanos(lease.ttl()) / 4) {
      lease.renew(); // it was waited for: only so it is known how long it lasts from now
    }
    return lease;
  }

  /**
   * Renews a lease until it is released, lost, or the keeper or this client is closed.
   *
   * @param onLost is told at most once, on a thread of this client that runs such callbacks one
   *     after the other: stop using the token
   */
  public LeaseKeeper keep(TokenLease lease, Consumer<TokenLease> onLost) {
    LeaseKeeper keeper =
        new LeaseKeeper(lease, onLost, background, background, TokenBrokerClient::random);
    keeper.start();
    return keeper;
  }

  /**
   * A supply of leases of an account. It connects at once and never blocks here. Close it after
   * use.
   *
   * @param onLost is told of each lease that was taken and is lost before it was released; see
   *     {@link #keep} for the thread
   */
  public LeaseStream streamLeases(
      String account, LeaseStreamOptions options, Consumer<StreamedLease> onLost) {
    return streamLeases(
        account,
        options,
        onLost,
        background,
        background,
        System::nanoTime,
        TokenBrokerClient::random);
  }

  LeaseStream streamLeases(
      String account,
      LeaseStreamOptions options,
      Consumer<StreamedLease> onLost,
      DelayedExecutor delayed,
      Executor callbacks,
      LongSupplier ticker,
      DoubleSupplier random) {
    LeaseStream stream =
        new LeaseStream(
            asyncStub,
            account,
            options,
            lease -> callbacks.execute(() -> onLost.accept(lease)),
            delayed,
            ticker,
            random,
            leaseStreams::remove);
    leaseStreams.add(stream);
    stream.open();
    return stream;
  }

  CompletableFuture<RenewLeaseResponse> renewLeaseAsync(
      TokenLease lease, RenewLeaseRequest request, Duration timeout) {
    return PendingAnswer.of(
        answer ->
            lease
                .routed(asyncStub)
                .withDeadlineAfter(Durations.saturatedNanos(timeout), TimeUnit.NANOSECONDS)
                .renewLease(request, answer));
  }

  /** The blocking stub of the data plane, with the client's deadline and retries. */
  public TokenBrokerGrpc.TokenBrokerBlockingStub stub() {
    return stub;
  }

  /** The blocking stub of the control plane, with the client's deadline and retries. */
  public TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub adminStub() {
    return adminStub;
  }

  /** For other kinds of stubs. */
  public Channel channel() {
    return channel;
  }

  /**
   * Closes the sequences and the streams of leases, stops the keepers of leases without releasing
   * these, lets the calls in flight end for up to 5 s, and disconnects. A channel that was given
   * stays open. May be called twice.
   */
  @Override
  public void close() {
    sequences.forEach(TokenSequence::close);
    leaseStreams.forEach(LeaseStream::close);
    background.close();
    if (owned == null) {
      return;
    }
    owned.shutdown();
    try {
      if (owned.awaitTermination(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    owned.shutdownNow();
  }

  private static <S extends AbstractStub<S>> S within(S stub, TurnOptions options) {
    return options.waits()
        ? stub.withDeadlineAfter(Durations.saturatedNanos(options.patience()), TimeUnit.NANOSECONDS)
        : stub;
  }

  private static NextTokenRequest request(String account, TurnOptions options) {
    NextTokenRequest.Builder request =
        NextTokenRequest.newBuilder().setAccount(account).setScope(options.scope());
    if (options.waits()) {
      request.setWait(true).setMaxWait(options.longestWait());
    }
    return request.build();
  }

  private static ReportOutcomeRequest request(
      String account, Turn turn, String scope, Report report) {
    return ReportOutcomeRequest.newBuilder()
        .setAccount(account)
        .setTokenId(turn.getTokenId())
        .setTurn(turn.getNumber())
        .setScope(scope)
        .setReport(report)
        .build();
  }

  private static double random() {
    return ThreadLocalRandom.current().nextDouble();
  }
}
