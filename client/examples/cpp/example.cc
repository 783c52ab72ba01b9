// All that a program does with the token broker, once. See README.md.
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <thread>

#include <unistd.h>

#include "broker.h"

namespace {

using broker::Redacted;
using broker::RefusalOf;
using broker::Stub;
namespace v1 = broker::v1;

std::chrono::system_clock::time_point Deadline() {
  return std::chrono::system_clock::now() + broker::kTimeout;
}

void Check(const grpc::Status& status) {
  if (!status.ok()) {
    throw std::runtime_error(ToString(RefusalOf(status)));
  }
}

// Calls what it was told last when the process is to stop: handlers of signals may do next to nothing.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    // threads that begin later inherit it
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::thread([this] {
      int number = 0;
      sigwait(&set_, &number);
      const std::lock_guard lock(mutex_);
      stop_();
    }).detach();
  }

  void OnStop(std::function<void()> stop) {
    const std::lock_guard lock(mutex_);
    stop_ = std::move(stop);
  }

 private:
  sigset_t set_;
  std::mutex mutex_;
  std::function<void()> stop_ = [] { std::_Exit(130); };
};

// The next token, and what the upstream said to it.
void OneTurn(Stub& stub, const std::string& account) {
  v1::NextTokenRequest request;
  request.set_account(account);
  request.set_wait(true);
  request.mutable_max_wait()->set_seconds(5);
  v1::NextTokenResponse next;
  grpc::ClientContext context;
  context.set_deadline(Deadline());
  Check(stub.NextToken(&context, request, &next));
  const v1::Turn& turn = next.turn();
  std::cout << "turn " << turn.number() << " is of token " << turn.token_id() << std::endl;

  // here the upstream is called with turn.secret(); it said 429, Retry-After: 5
  v1::ReportOutcomeRequest report;
  report.set_account(account);
  report.set_token_id(turn.token_id());
  report.set_turn(turn.number());
  report.mutable_report()->set_outcome(v1::OUTCOME_RATE_LIMITED);
  report.mutable_report()->mutable_retry_after()->set_seconds(5);
  v1::ReportOutcomeResponse reported;
  grpc::ClientContext another;
  another.set_deadline(Deadline());
  Check(stub.ReportOutcome(&another, report, &reported));
  std::cout << "token " << turn.token_id() << " rests" << std::endl;
  std::cout << "a turn may be printed like this: " << Redacted(turn) << std::endl;
}

void Refused(Stub& stub) {
  v1::NextTokenRequest nobody;
  nobody.set_account("nobody");
  v1::NextTokenResponse next;
  grpc::ClientContext context;
  context.set_deadline(Deadline());
  std::cout << ToString(RefusalOf(stub.NextToken(&context, nobody, &next))) << std::endl;

  v1::NextTokensRequest none;
  none.set_account("nobody");
  none.set_count(-1);
  v1::NextTokensResponse several;
  grpc::ClientContext another;
  another.set_deadline(Deadline());
  std::cout << ToString(RefusalOf(stub.NextTokens(&another, none, &several))) << std::endl;
}

// A supply for a worker: the broker makes turns only as fast as they are used here.
void ManyTurns(Stub& stub, const std::string& account) {
  broker::Supply supply(stub, account, 10);
  v1::Turn turn;
  for (int i = 0; i < 20; i++) {
    Check(supply.Next(turn));
  }
  std::cout << "20 turns of a supply, at most 10 ahead" << std::endl;
}

// A token of one's own, until Ctrl-C or SIGTERM.
void HoldLeases(Stub& stub, const std::string& account, Signals& signals) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  v1::StreamLeasesRequest request;
  request.set_account(account);
  request.set_window(1);
  // a name of this process that stays over restarts: two with one name end each other's streams
  request.set_holder(std::string("example-cpp-") + host);
  broker::Leases leases(stub, request);
  signals.OnStop([&leases] { leases.Stop(); });
  v1::StreamLeasesResponse event;
  while (leases.Next(event)) {
    if (event.has_granted()) {
      std::cout << "holds token " << event.granted().lease().token_id() << std::endl;
    } else if (!event.has_renewed()) {
      std::cout << "a lease has ended: its token must not be used any more" << std::endl;
    }
  }
  signals.OnStop([] { std::_Exit(130); });
  std::vector<v1::Lease> released;
  const grpc::Status status = leases.Release(released);
  for (const auto& lease : released) {
    std::cout << "gave token " << lease.token_id() << " back" << std::endl;
  }
  Check(status);
}

}  // namespace

int main() {
  Signals signals;
  try {
    const auto stub = v1::TokenBroker::NewStub(broker::Connect(broker::FromEnvironment()));
    const char* named = std::getenv("TOKENBROKER_ACCOUNT");
    const std::string account = named == nullptr ? "demo" : named;
    OneTurn(*stub, account);
    Refused(*stub);
    ManyTurns(*stub, account);
    HoldLeases(*stub, account, signals);
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
  // signals' thread ends with the process
  std::_Exit(0);
}
