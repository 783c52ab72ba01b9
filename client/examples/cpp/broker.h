// What a program needs to call the token broker, over the generated stubs.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "tokenbroker/v1/token_broker.grpc.pb.h"

namespace broker {

namespace v1 = tokenbroker::v1;
using Stub = v1::TokenBroker::Stub;

// Every call has a deadline, streams have none.
constexpr std::chrono::seconds kTimeout{10};

// Which broker, and how it is called. All but the endpoint are paths of files, and may be empty.
struct Options {
  std::string endpoint = "127.0.0.1:50051";
  std::string ca;         // of the broker's certificate; without it, plain text
  std::string cert, key;  // for mutual TLS
  std::string token_file;  // a bearer token for every call; read each time, as it may be replaced
};

// As the command `tokenbroker` is told.
Options FromEnvironment();

// A channel for the whole program; it is thread-safe.
std::shared_ptr<grpc::Channel> Connect(const Options& options);

// Why a call failed. Without a reason, the error is not the broker's but of the way there.
struct Refusal {
  std::string code;
  std::string message;
  std::string reason;  // an ErrorReason without its prefix
  std::map<std::string, std::string> metadata;
  std::optional<double> retry_delay;  // seconds, if waiting helps
  std::vector<std::string> fields;    // those that are not as documented
};
Refusal RefusalOf(const grpc::Status& status);
std::string ToString(const Refusal& refusal);

// A message on a line, without the fields that the contract marks as secret: DebugString() of protobuf 21
// and older prints them.
std::string Redacted(const google::protobuf::Message& message);

// Turns without end, never more than a window of them ahead of those that were taken.
//
// A turn counts as used when the next is asked for. After an error, a new supply begins with another id.
// Destroyed, it ends the stream, and the broker takes back what it could not send.
class Supply {
 public:
  Supply(Stub& stub, const std::string& account, int window);
  ~Supply();
  Supply(const Supply&) = delete;
  Supply& operator=(const Supply&) = delete;

  // Waits for as long as no token is ready.
  grpc::Status Next(v1::Turn& turn);

 private:
  Stub& stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::StreamTokensResponse>> stream_;
  v1::StreamTokensResponse batch_;
  v1::RequestTurnsRequest more_;
  int window_;
  int next_ = 0;  // in batch_
  int used_ = 0;
  bool ended_ = false;
};

// Leases that the broker renews for as long as this is open.
class Leases {
 public:
  Leases(Stub& stub, const v1::StreamLeasesRequest& request);

  // The next event; false at the end, which Release() tells more of. After revoked or lost, the token must
  // not be used any more.
  bool Next(v1::StreamLeasesResponse& event);

  // Ends Next(); may be called from another thread.
  void Stop() { context_.TryCancel(); }

  // Gives back what is held, so that others need not wait until it expires. Next() has said false.
  grpc::Status Release(std::vector<v1::Lease>& released);

 private:
  Stub& stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::StreamLeasesResponse>> stream_;
  std::map<std::string, v1::Lease> held_;
};

}  // namespace broker
