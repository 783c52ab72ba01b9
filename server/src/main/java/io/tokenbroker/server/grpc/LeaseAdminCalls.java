package io.tokenbroker.server.grpc;

import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.lease.LeaseStore.Place;
import io.tokenbroker.server.lease.Leases;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.v1.ListLeasesRequest;
import io.tokenbroker.v1.ListLeasesResponse;
import io.tokenbroker.v1.RevokeLeaseRequest;
import io.tokenbroker.v1.RevokeLeaseResponse;
import java.util.Optional;

/** The calls of the control plane about leases. Runs on event loops and never blocks. */
public final class LeaseAdminCalls {
  private final Leases leases;

  public LeaseAdminCalls(Leases leases) {
    this.leases = leases;
  }

  void list(ListLeasesRequest request, StreamObserver<ListLeasesResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          Optional<AccountId> account =
              request.getAccount().isEmpty()
                  ? Optional.empty()
                  : Optional.of(Fields.account(request.getAccount()));
          Optional<Place> after = Fields.pageToken(request.getPageToken(), LeaseRequests::place);
          return leases.list(account, after, Fields.pageSize(request.getPageSize()));
        },
        page -> {
          ListLeasesResponse.Builder response = ListLeasesResponse.newBuilder();
          page.items().forEach(one -> response.addLeases(LeaseMessages.lease(one.lease())));
          page.last()
              .ifPresent(
                  one ->
                      response.setNextPageToken(
                          Fields.pageToken(LeaseRequests.place(one.place()))));
          return response.build();
        });
  }

  void revoke(RevokeLeaseRequest request, StreamObserver<RevokeLeaseResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> leases.revoke(LeaseRequests.leaseId(request.getLeaseId())),
        revoked -> RevokeLeaseResponse.getDefaultInstance());
  }
}
