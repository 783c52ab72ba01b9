#include <iomanip>
#include <sstream>

#include "broker.h"
#include "google/rpc/details.pb.h"

namespace broker {
namespace {

const char* NameOf(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {
      "OK",           "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",    "DEADLINE_EXCEEDED",
      "NOT_FOUND",    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",  "FAILED_PRECONDITION",
      "ABORTED",      "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",            "UNAVAILABLE",
      "DATA_LOSS",    "UNAUTHENTICATED"};
  return code >= 0 && code <= 16 ? kNames[code] : "UNKNOWN";
}

}  // namespace

Refusal RefusalOf(const grpc::Status& status) {
  Refusal refusal;
  refusal.code = NameOf(status.error_code());
  refusal.message = status.error_message();
  google::rpc::Status told;
  told.ParseFromString(status.error_details());
  for (const auto& detail : told.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    google::rpc::BadRequest bad;
    if (detail.UnpackTo(&info) && info.domain() == "tokenbroker") {
      refusal.reason = info.reason();
      refusal.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (detail.UnpackTo(&retry)) {
      refusal.retry_delay = retry.retry_delay().seconds() + retry.retry_delay().nanos() / 1e9;
    } else if (detail.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        refusal.fields.push_back(violation.field());
      }
    }
  }
  return refusal;
}

std::string ToString(const Refusal& refusal) {
  std::ostringstream text;
  text << refusal.code << ' ' << (refusal.reason.empty() ? "no reason" : refusal.reason) << ": ";
  if (refusal.fields.empty()) {
    text << refusal.message;
  }
  for (size_t i = 0; i < refusal.fields.size(); i++) {
    text << (i == 0 ? "" : ", ") << refusal.fields[i];
  }
  if (refusal.retry_delay) {
    text << ", try again in " << std::fixed << std::setprecision(1) << *refusal.retry_delay << " s";
  }
  return text.str();
}

}  // namespace broker
