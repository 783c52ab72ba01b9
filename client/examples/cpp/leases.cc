#include "broker.h"

namespace broker {

Leases::Leases(Stub& stub, const v1::StreamLeasesRequest& request)
    : stub_(stub), stream_(stub.StreamLeases(&context_, request)) {}

bool Leases::Next(v1::StreamLeasesResponse& event) {
  if (!stream_->Read(&event)) {
    return false;
  }
  if (event.has_granted()) {
    held_[event.granted().lease().lease_id()] = event.granted().lease();
  } else if (event.has_lost()) {
    held_.erase(event.lost().lease_id());
  } else if (event.has_revoked()) {
    held_.erase(event.revoked().lease_id());
  }
  return true;
}

grpc::Status Leases::Release(std::vector<v1::Lease>& released) {
  // the stream has ended: while it is open, each release brings the next lease
  const grpc::Status end = stream_->Finish();
  for (const auto& [id, lease] : held_) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kTimeout);
    v1::ReleaseLeaseRequest request;
    request.set_lease_id(id);
    request.set_fencing_number(lease.fencing_number());
    v1::ReleaseLeaseResponse answer;
    const grpc::Status status = stub_.ReleaseLease(&context, request, &answer);
    if (!status.ok()) {
      return status;
    }
    released.push_back(lease);
  }
  held_.clear();
  return end.error_code() == grpc::StatusCode::CANCELLED ? grpc::Status::OK : end;
}

}  // namespace broker
