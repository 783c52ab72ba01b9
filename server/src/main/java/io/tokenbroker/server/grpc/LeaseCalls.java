package io.tokenbroker.server.grpc;

import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.account.Outcomes;
import io.tokenbroker.server.lease.LeaseStreams;
import io.tokenbroker.server.lease.Leases;
import io.tokenbroker.server.lease.OutcomePort;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.outcome.Report;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.Permission;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.ReleaseLeaseResponse;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RenewLeaseResponse;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The calls of the data plane about leases. Runs on event loops and never blocks. */
public final class LeaseCalls {
  /** A lease is no turn: whether it was reported before is told by its end. */
  private static final int UNKNOWN_TURN = 0;

  private final Leases leases;
  private final LeaseStreams leaseStreams;
  private final OpenStreams streams;
  private final Outcomes outcomes;
  private final Access access;
  private final InstantSource clock;

  public LeaseCalls(
      Leases leases,
      LeaseStreams leaseStreams,
      OpenStreams streams,
      Outcomes outcomes,
      Access access,
      InstantSource clock) {
    this.leases = leases;
    this.leaseStreams = leaseStreams;
    this.streams = streams;
    this.outcomes = outcomes;
    this.access = access;
    this.clock = clock;
  }

  void acquire(AcquireLeaseRequest request, StreamObserver<AcquireLeaseResponse> observer) {
    UnaryAnswer.answerOrGiveBack(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          Scope scope = Permit.confine(InboundCall.permit(), Fields.scope(request.getScope()));
          Duration ttl = LeaseMapper.ttl("ttl", request.hasTtl(), request.getTtl());
          Holder holder = LeaseMapper.holder(request.getHolder()).toldBy(Caller.current().owner());
          Duration patience =
              Fields.patience(request.getWait(), request.hasMaxWait(), request.getMaxWait());
          return leases.acquire(account, scope, holder, ttl, patience);
        },
        granted ->
            AcquireLeaseResponse.newBuilder()
                .setLease(LeaseMapper.lease(granted.lease(), granted.token()))
                .build(),
        // nobody hears of it: it need not wait for its end
        granted -> release(granted.lease()));
  }

  private void release(Lease lease) {
    CompletableFuture<Boolean> unused =
        leases.release(lease.id(), lease.fencingNumber(), OutcomePort.NONE);
  }

  /** Whoever saw the id of another caller's lease hears what is said of one that is not there. */
  private LeaseId own(String text) {
    LeaseId id = LeaseMapper.leaseId(text);
    Caller caller = Caller.current();
    if (!id.isOf(caller.owner()) && !access.allowsEverywhere(caller, Permission.ADMIN_WRITE)) {
      throw BrokerException.leaseLost(id, null);
    }
    return id;
  }

  void renew(RenewLeaseRequest request, StreamObserver<RenewLeaseResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          LeaseId id = own(request.getLeaseId());
          @Nullable Duration ttl = LeaseMapper.ttl("ttl", request.hasTtl(), request.getTtl());
          Caller caller = Caller.current();
          return leases
              .renew(id, request.getFencingNumber(), ttl)
              .thenCompose(lease -> ifAllowed(caller, lease));
        },
        (Lease lease) ->
            RenewLeaseResponse.newBuilder().setLease(LeaseMapper.lease(lease)).build());
  }

  /** Only now it is known whose account it is: a lease that its caller may no more have ends. */
  private CompletableFuture<Lease> ifAllowed(Caller caller, Lease lease) {
    if (access.allows(caller, Permission.LEASE, lease.account().value())
        || access.allowsEverywhere(caller, Permission.ADMIN_WRITE)) {
      return CompletableFuture.completedFuture(lease);
    }
    return leases
        .release(lease.id(), lease.fencingNumber(), OutcomePort.NONE)
        .thenCompose(
            ended ->
                CompletableFuture.failedFuture(
                    BrokerException.leaseLost(lease.id(), lease.account())));
  }

  void release(ReleaseLeaseRequest request, StreamObserver<ReleaseLeaseResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          LeaseId id = own(request.getLeaseId());
          return leases.release(id, request.getFencingNumber(), outcome(request));
        },
        ended -> ReleaseLeaseResponse.newBuilder().setAlreadyEnded(ended).build());
  }

  /** Checks the report at once; its scope is that of the lease, which is known later. */
  private OutcomePort outcome(ReleaseLeaseRequest request) {
    if (!request.hasReport()) {
      return OutcomePort.NONE;
    }
    Report report = ReportMapper.report("report", request.getReport(), Scope.ALL, clock.instant());
    return lease ->
        outcomes.report(
            lease.account(), lease.token(), UNKNOWN_TURN, report.withScope(lease.scope()));
  }

  void stream(StreamLeasesRequest request, StreamObserver<StreamLeasesResponse> observer) {
    streams.open(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          Scope scope = Permit.confine(InboundCall.permit(), Fields.scope(request.getScope()));
          int window = LeaseMapper.window(request.getWindow());
          Duration ttl = LeaseMapper.ttl("ttl", request.hasTtl(), request.getTtl());
          Holder holder = LeaseMapper.holder(request.getHolder()).toldBy(Caller.current().owner());
          return new LeaseSource(
              account,
              leaseStreams,
              wake -> leaseStreams.open(account, scope, holder, window, ttl, wake));
        });
  }
}
