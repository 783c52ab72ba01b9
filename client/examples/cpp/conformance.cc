// Does what the cases of client/library/src/test/conformance say; its README has the protocol.
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <unordered_map>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include "broker.h"

namespace {

using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageToJsonString;
namespace v1 = broker::v1;
using broker::Stub;

std::string Json(const Message& message) {
  std::string text;
  if (!MessageToJsonString(message, &text).ok()) {
    throw std::runtime_error("no JSON of " + message.GetTypeName());
  }
  return text;
}

void Parse(const std::string& json, Message& message) {
  const auto status = JsonStringToMessage(json, &message);
  if (!status.ok()) {
    throw std::runtime_error(json + ": " + std::string(status.message()));
  }
}

// What the driver says.
class Order {
 public:
  explicit Order(const std::string& line) { Parse(line, fields_); }

  std::string Text(const std::string& name) const {
    const auto found = fields_.fields().find(name);
    return found == fields_.fields().end() ? "" : found->second.string_value();
  }
  double Number(const std::string& name, double otherwise) const {
    const auto found = fields_.fields().find(name);
    return found == fields_.fields().end() ? otherwise : found->second.number_value();
  }
  void Request(Message& message) const {
    Parse(Json(fields_.fields().at("request").struct_value()), message);
  }
  std::chrono::system_clock::time_point Deadline() const {
    const std::chrono::duration<double> timeout(Number("timeout", 60));
    return std::chrono::system_clock::now() +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(timeout);
  }

 private:
  Struct fields_;
};

// A call that is open.
class Open {
 public:
  virtual ~Open() = default;
  // The next message; none with the status that is set then.
  virtual std::unique_ptr<Message> Read(grpc::Status& status) = 0;
  void Cancel() { context_.TryCancel(); }

 protected:
  grpc::ClientContext context_;
};

template <class Q, class A>
class Unary final : public Open {
 public:
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Q&, A*);
  Unary(Stub& stub, Method method, const Order& order) {
    Q request;
    order.Request(request);
    context_.set_deadline(order.Deadline());
    done_ = std::async(std::launch::async, [this, &stub, method, request] {
      return (stub.*method)(&context_, request, answer_.get());
    });
  }
  std::unique_ptr<Message> Read(grpc::Status& status) override {
    status = done_.get();
    return status.ok() ? std::move(answer_) : nullptr;
  }

 private:
  std::unique_ptr<A> answer_ = std::make_unique<A>();
  std::future<grpc::Status> done_;
};

template <class Q, class A>
class Stream final : public Open {
 public:
  using Method = std::unique_ptr<grpc::ClientReader<A>> (Stub::*)(grpc::ClientContext*, const Q&);
  Stream(Stub& stub, Method method, const Order& order) {
    Q request;
    order.Request(request);
    context_.set_deadline(order.Deadline());
    reader_ = (stub.*method)(&context_, request);
  }
  ~Stream() override {
    if (!ended_) {
      Cancel();
      reader_->Finish();
    }
  }
  std::unique_ptr<Message> Read(grpc::Status& status) override {
    auto answer = std::make_unique<A>();
    if (reader_->Read(answer.get())) {
      return answer;
    }
    status = reader_->Finish();
    ended_ = true;
    return nullptr;
  }

 private:
  std::unique_ptr<grpc::ClientReader<A>> reader_;
  bool ended_ = false;
};

using Opener = std::function<std::unique_ptr<Open>(Stub&, const Order&)>;

template <class Q, class A>
Opener Opens(grpc::Status (Stub::*method)(grpc::ClientContext*, const Q&, A*)) {
  return [method](Stub& stub, const Order& order) {
    return std::make_unique<Unary<Q, A>>(stub, method, order);
  };
}

template <class Q, class A>
Opener Opens(std::unique_ptr<grpc::ClientReader<A>> (Stub::*method)(grpc::ClientContext*, const Q&)) {
  return [method](Stub& stub, const Order& order) {
    return std::make_unique<Stream<Q, A>>(stub, method, order);
  };
}

const std::unordered_map<std::string, Opener>& Openers() {
  static const std::unordered_map<std::string, Opener> openers = {
      {"NextToken", Opens(&Stub::NextToken)},         {"NextTokens", Opens(&Stub::NextTokens)},
      {"RequestTurns", Opens(&Stub::RequestTurns)},   {"ReportOutcome", Opens(&Stub::ReportOutcome)},
      {"AcquireLease", Opens(&Stub::AcquireLease)},   {"RenewLease", Opens(&Stub::RenewLease)},
      {"ReleaseLease", Opens(&Stub::ReleaseLease)},   {"StreamTokens", Opens(&Stub::StreamTokens)},
      {"StreamLeases", Opens(&Stub::StreamLeases)},   {"WatchAccount", Opens(&Stub::WatchAccount)},
  };
  return openers;
}

google::protobuf::Value Value(const std::string& text) {
  google::protobuf::Value value;
  value.set_string_value(text);
  return value;
}

std::string Told(const grpc::Status& status) {
  const broker::Refusal refusal = broker::RefusalOf(status);
  Struct told;
  auto& fields = *told.mutable_fields();
  fields["code"] = Value(refusal.code);
  fields["message"] = Value(refusal.message);
  if (!refusal.reason.empty()) {
    auto& info = *fields["error_info"].mutable_struct_value()->mutable_fields();
    info["reason"] = Value(refusal.reason);
    info["domain"] = Value("tokenbroker");  // else there would be no reason
    auto& metadata = *info["metadata"].mutable_struct_value()->mutable_fields();
    for (const auto& [name, value] : refusal.metadata) {
      metadata[name] = Value(value);
    }
  }
  if (refusal.retry_delay) {
    fields["retry_delay"].set_number_value(*refusal.retry_delay);
  }
  for (const auto& field : refusal.fields) {
    auto& violation = *fields["violations"].mutable_list_value()->add_values()->mutable_struct_value();
    (*violation.mutable_fields())["field"] = Value(field);
  }
  return Json(told);
}

class Runner {
 public:
  std::string Obey(const Order& order) {
    const std::string verb = order.Text("do");
    const std::string name = order.Text("call");
    if (verb == "connect") {
      Connect(order);
    } else if (verb == "open") {
      calls_[name] = Begin(order);
    } else if (verb == "read") {
      grpc::Status status;
      const auto message = calls_.at(name)->Read(status);
      return message ? "{\"message\":" + Json(*message) + "}" : "{\"status\":" + Told(status) + "}";
    } else if (verb == "cancel") {
      if (supplies_.erase(name) == 0) {
        calls_.at(name)->Cancel();
      }
    } else if (verb == "supply") {
      v1::StreamTokensRequest request;
      order.Request(request);
      const int window = static_cast<int>(order.Number("window", 0));
      supplies_[name] = std::make_unique<broker::Supply>(*stub_, request.account(), window);
    } else if (verb == "take") {
      v1::StreamTokensResponse all;
      for (int i = static_cast<int>(order.Number("turns", 0)); i > 0; i--) {
        const grpc::Status status = supplies_.at(name)->Next(*all.add_turns());
        if (!status.ok()) {
          throw std::runtime_error(Told(status));
        }
      }
      return "{\"message\":" + Json(all) + "}";
    } else if (verb == "print") {
      grpc::Status status;
      const auto message = Begin(order)->Read(status);
      if (!message) {
        throw std::runtime_error(Told(status));
      }
      Struct answer;
      (*answer.mutable_fields())["safe"] = Value(broker::Redacted(*message));
      (*answer.mutable_fields())["raw"] = Value(message->DebugString());
      return Json(answer);
    } else {
      throw std::runtime_error("no such order: " + verb);
    }
    return "{}";
  }

 private:
  std::unique_ptr<Open> Begin(const Order& order) {
    return Openers().at(order.Text("method"))(*stub_, order);
  }

  void Connect(const Order& order) {
    supplies_.clear();
    calls_.clear();
    broker::Options options;
    options.endpoint = order.Text("endpoint");
    options.ca = order.Text("ca");
    options.cert = order.Text("cert");
    options.key = order.Text("key");
    if (const std::string token = order.Text("token"); !token.empty()) {
      char file[] = "/tmp/token-XXXXXX";
      const int written = mkstemp(file);
      const std::string line = token + "\n";
      if (written < 0 || write(written, line.data(), line.size()) < 0 || close(written) < 0) {
        throw std::runtime_error("cannot write a file");
      }
      options.token_file = file;
    }
    stub_ = v1::TokenBroker::NewStub(broker::Connect(options));
  }

  std::unique_ptr<Stub> stub_;
  std::unordered_map<std::string, std::unique_ptr<Open>> calls_;
  std::unordered_map<std::string, std::unique_ptr<broker::Supply>> supplies_;
};

}  // namespace

int main() {
  Runner runner;
  for (std::string line; std::getline(std::cin, line);) {
    std::string answer;
    try {
      answer = runner.Obey(Order(line));
    } catch (const std::exception& error) {
      Struct told;
      (*told.mutable_fields())["error"] = Value(error.what());
      answer = Json(told);
    }
    std::cout << answer << std::endl;
  }
}
