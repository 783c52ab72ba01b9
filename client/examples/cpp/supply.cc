#include <algorithm>
#include <random>
#include <sstream>

#include "broker.h"

namespace broker {
namespace {

// Different from that of every other open stream of the account.
std::string NewStreamId() {
  std::random_device random;
  std::ostringstream id;
  id << std::hex;
  for (int i = 0; i < 4; i++) {
    id << random();
  }
  return id.str();
}

}  // namespace

Supply::Supply(Stub& stub, const std::string& account, int window) : stub_(stub), window_(window) {
  more_.set_account(account);
  more_.set_stream_id(NewStreamId());
  v1::StreamTokensRequest request;
  request.set_account(account);
  request.set_stream_id(more_.stream_id());
  request.set_demand(window);
  request.set_batch_size(std::min(window, 1000));
  stream_ = stub_.StreamTokens(&context_, request);
}

Supply::~Supply() {
  if (!ended_) {
    context_.TryCancel();
    stream_->Finish();
  }
}

grpc::Status Supply::Next(v1::Turn& turn) {
  if (used_ > 0 && used_ >= (window_ + 1) / 2) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kTimeout);
    more_.set_count(used_);
    v1::RequestTurnsResponse answer;
    const grpc::Status asked = stub_.RequestTurns(&context, more_, &answer);
    if (!asked.ok()) {
      return asked;
    }
    used_ = 0;
  }
  if (next_ == batch_.turns_size()) {
    next_ = 0;
    if (ended_ || !stream_->Read(&batch_)) {
      batch_.Clear();
      const grpc::Status end = ended_ ? grpc::Status::OK : stream_->Finish();
      ended_ = true;
      return end.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream has ended") : end;
    }
  }
  turn = batch_.turns(next_++);
  used_++;
  return grpc::Status::OK;
}

}  // namespace broker
