package io.tokenbroker.client.fake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.ReleaseLeaseResponse;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RenewLeaseResponse;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Three tokens of each account, each leased to one holder at a time; nothing expires by itself.
 * Thread-safe.
 */
public final class FakeLeases {
  private static final int TOKENS = 3;

  /** What the database's clock says. */
  public volatile Instant now = Instant.parse("2030-01-31T12:00:00Z");

  /** Happens while a lease is being acquired, say time that passes. */
  public volatile Runnable onAcquire = () -> {};

  /** Happens when a renewal arrives, before it is answered. */
  public volatile Runnable onRenew = () -> {};

  /** Happens after a stream was opened and its leases granted. */
  public volatile Runnable onStream = () -> {};

  /** If set, the secret of every token. */
  public volatile @Nullable String secret;

  public final List<AcquireLeaseRequest> acquired = new CopyOnWriteArrayList<>();
  public final List<RenewLeaseRequest> renewals = new CopyOnWriteArrayList<>();
  public final List<ReleaseLeaseRequest> releases = new CopyOnWriteArrayList<>();
  public final List<StreamLeasesRequest> streamed = new CopyOnWriteArrayList<>();
  public final Queue<StatusRuntimeException> acquireFailures = new ConcurrentLinkedQueue<>();
  public final Queue<StatusRuntimeException> renewFailures = new ConcurrentLinkedQueue<>();
  public final Queue<StatusRuntimeException> releaseFailures = new ConcurrentLinkedQueue<>();
  public final Queue<StatusRuntimeException> streamFailures = new ConcurrentLinkedQueue<>();

  /** No answer to renewals. */
  public volatile boolean silent;

  /** Of the last renewal. */
  public volatile @Nullable Deadline renewalDeadline;

  /** Most leases at once that streams of one holder had. */
  public final AtomicInteger mostStreamed = new AtomicInteger();

  @GuardedBy("this")
  private final Map<String, Lease> standing = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<String, StreamObserver<StreamLeasesResponse>> streams = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<String, StreamLeasesRequest> requests = new LinkedHashMap<>();

  @GuardedBy("this")
  private long grants;

  public synchronized List<Lease> standing() {
    return List.copyOf(standing.values());
  }

  synchronized void acquire(
      AcquireLeaseRequest request, StreamObserver<AcquireLeaseResponse> answer) {
    acquired.add(request);
    onAcquire.run();
    StatusRuntimeException failure = acquireFailures.poll();
    Lease lease =
        failure != null
            ? null
            : grant(
                request.getAccount(),
                request.getScope(),
                request.getHolder(),
                request.hasTtl() ? request.getTtl().getSeconds() : 30);
    if (lease == null) {
      answer.onError(failure != null ? failure : Errors.leased(Duration.ofSeconds(30)));
      return;
    }
    answer.onNext(AcquireLeaseResponse.newBuilder().setLease(lease).build());
    answer.onCompleted();
  }

  synchronized void renew(RenewLeaseRequest request, StreamObserver<RenewLeaseResponse> answer) {
    renewals.add(request);
    renewalDeadline = Context.current().getDeadline();
    onRenew.run();
    if (silent) {
      return;
    }
    StatusRuntimeException failure = renewFailures.poll();
    Lease lease = standing.get(request.getLeaseId());
    if (failure != null || lease == null) {
      answer.onError(failure != null ? failure : Errors.leaseLost());
      return;
    }
    answer.onNext(
        RenewLeaseResponse.newBuilder()
            .setLease(
                prolonged(lease, request.hasTtl() ? request.getTtl().getSeconds() : ttl(lease)))
            .build());
    answer.onCompleted();
  }

  synchronized void release(
      ReleaseLeaseRequest request, StreamObserver<ReleaseLeaseResponse> answer) {
    releases.add(request);
    StatusRuntimeException failure = releaseFailures.poll();
    if (failure != null) {
      answer.onError(failure);
      return;
    }
    Lease lease = standing.remove(request.getLeaseId());
    answer.onNext(ReleaseLeaseResponse.newBuilder().setAlreadyEnded(lease == null).build());
    answer.onCompleted();
    requests.keySet().forEach(this::fill);
  }

  synchronized void stream(
      StreamLeasesRequest request, StreamObserver<StreamLeasesResponse> answer) {
    streamed.add(request);
    StatusRuntimeException failure = streamFailures.poll();
    if (failure != null) {
      answer.onError(failure);
      return;
    }
    String holder = request.getHolder();
    ((ServerCallStreamObserver<StreamLeasesResponse>) answer)
        .setOnCancelHandler(() -> cancelled(holder, answer));
    StreamObserver<StreamLeasesResponse> earlier = streams.put(holder, answer);
    requests.put(holder, request);
    if (earlier != null) {
      earlier.onError(Errors.leaseLost());
    }
    for (Lease lease : of(holder)) {
      answer.onNext(granted(prolonged(lease, ttl(lease)), true));
    }
    fill(holder);
    onStream.run();
  }

  private synchronized void cancelled(String holder, StreamObserver<StreamLeasesResponse> stream) {
    if (streams.remove(holder, stream)) {
      requests.remove(holder);
    }
  }

  /** Prolongs all leases of a holder and says so. */
  public synchronized void renewAll(String holder) {
    for (Lease lease : of(holder)) {
      Lease renewed = prolonged(lease, ttl(lease)).toBuilder().clearSecret().build();
      send(holder, event -> event.getRenewedBuilder().setLease(renewed));
    }
  }

  /** Ends a lease and says so; a free place is filled. */
  public synchronized void revoke(String leaseId) {
    Lease lease = standing.remove(leaseId);
    if (lease != null) {
      send(
          lease.getHolder(),
          event ->
              event
                  .getRevokedBuilder()
                  .setLeaseId(leaseId)
                  .setFencingNumber(lease.getFencingNumber()));
      fill(lease.getHolder());
    }
  }

  /** Ends a lease and says so; a free place is filled. */
  public synchronized void lose(String leaseId) {
    Lease lease = standing.remove(leaseId);
    if (lease != null) {
      send(
          lease.getHolder(),
          event ->
              event
                  .getLostBuilder()
                  .setLeaseId(leaseId)
                  .setFencingNumber(lease.getFencingNumber()));
      fill(lease.getHolder());
    }
  }

  /** Ends a lease and tells nobody. */
  public synchronized void loseSilently(String leaseId) {
    standing.remove(leaseId);
  }

  /** Ends the stream of a holder; its leases stay. */
  public synchronized void breakStream(String holder, StatusRuntimeException error) {
    requests.remove(holder);
    StreamObserver<StreamLeasesResponse> stream = streams.remove(holder);
    if (stream != null) {
      stream.onError(error);
    }
  }

  @GuardedBy("this")
  private void fill(String holder) {
    StreamLeasesRequest request = requests.get(holder);
    if (request == null) {
      return;
    }
    while (of(holder).size() < Math.max(1, request.getWindow())) {
      Lease lease =
          grant(
              request.getAccount(),
              request.getScope(),
              holder,
              request.hasTtl() ? request.getTtl().getSeconds() : 30);
      if (lease == null) {
        return;
      }
      mostStreamed.accumulateAndGet(of(holder).size(), Math::max);
      StreamObserver<StreamLeasesResponse> stream = streams.get(holder);
      if (stream != null) {
        stream.onNext(granted(lease, false));
      }
    }
  }

  @GuardedBy("this")
  private void send(String holder, java.util.function.Consumer<StreamLeasesResponse.Builder> fill) {
    StreamObserver<StreamLeasesResponse> stream = streams.get(holder);
    if (stream != null) {
      StreamLeasesResponse.Builder event = StreamLeasesResponse.newBuilder();
      fill.accept(event);
      stream.onNext(event.build());
    }
  }

  @GuardedBy("this")
  private List<Lease> of(String holder) {
    List<Lease> leases = new ArrayList<>(standing.values());
    leases.removeIf(lease -> !lease.getHolder().equals(holder));
    return leases;
  }

  @GuardedBy("this")
  private @Nullable Lease grant(String account, String scope, String holder, long ttlSeconds) {
    for (int i = 0; i < TOKENS; i++) {
      String token = Long.toString((grants + i) % TOKENS + 1);
      if (standing.values().stream()
          .noneMatch(
              lease -> lease.getAccount().equals(account) && lease.getTokenId().equals(token))) {
        grants++;
        Lease lease =
            Lease.newBuilder()
                .setLeaseId("lease-" + grants)
                .setTokenId(token)
                .setSecret(secret == null ? "made-up-" + token : secret)
                .setAccount(account)
                .setScope(scope)
                .setHolder(holder)
                .setFencingNumber(grants)
                .setAcquireTime(FakeTimes.timestamp(now))
                .setExpireTime(FakeTimes.timestamp(now.plusSeconds(ttlSeconds)))
                .build();
        standing.put(lease.getLeaseId(), lease);
        return lease;
      }
    }
    return null;
  }

  @GuardedBy("this")
  private Lease prolonged(Lease lease, long ttlSeconds) {
    Lease longer =
        lease.toBuilder().setExpireTime(FakeTimes.timestamp(now.plusSeconds(ttlSeconds))).build();
    standing.put(lease.getLeaseId(), longer);
    return longer;
  }

  /** As at its grant, as far as this fake knows: all of a holder have the same. */
  @GuardedBy("this")
  private long ttl(Lease lease) {
    StreamLeasesRequest request = requests.get(lease.getHolder());
    if (request != null) {
      return request.hasTtl() ? request.getTtl().getSeconds() : 30;
    }
    return lease.getExpireTime().getSeconds() - lease.getAcquireTime().getSeconds();
  }

  private static StreamLeasesResponse granted(Lease lease, boolean kept) {
    StreamLeasesResponse.Builder event = StreamLeasesResponse.newBuilder();
    event.getGrantedBuilder().setLease(lease).setKept(kept);
    return event.build();
  }

  static StatusRuntimeException unknown() {
    return Errors.of(Code.NOT_FOUND, "LEASE_DOES_NOT_EXIST", "No such lease.");
  }
}
