#include "broker.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <grpcpp/security/credentials.h>

namespace broker {
namespace {

// Calls that may be made twice are, after UNAVAILABLE. AcquireLease is not one: a grant whose answer was
// lost keeps its token.
constexpr char kServiceConfig[] = R"({"methodConfig": [{
  "name": [
    {"service": "tokenbroker.v1.TokenBroker", "method": "NextToken"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "NextTokens"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "ReportOutcome"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "RenewLease"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "ReleaseLease"}
  ],
  "retryPolicy": {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"]
  }
}]})";

std::string Read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    throw std::runtime_error("cannot read " + file);
  }
  return text.str();
}

class Bearer final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit Bearer(std::string file) : file_(std::move(file)) {}

  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    try {
      std::string token = Read(file_);
      token.erase(token.find_last_not_of(" \t\r\n") + 1);
      metadata->emplace("authorization", "Bearer " + token);
      return grpc::Status::OK;
    } catch (const std::runtime_error& error) {
      return {grpc::StatusCode::UNAUTHENTICATED, error.what()};
    }
  }

 private:
  const std::string file_;
};

std::shared_ptr<grpc::ChannelCredentials> Transport(const Options& options) {
  if (!options.ca.empty()) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = Read(options.ca);
    if (!options.cert.empty()) {
      tls.pem_cert_chain = Read(options.cert);
      tls.pem_private_key = Read(options.key);
    }
    return grpc::SslCredentials(tls);
  }
  // a token in plain text must not leave this machine
  return options.token_file.empty() ? grpc::InsecureChannelCredentials()
                                    : grpc::experimental::LocalCredentials(LOCAL_TCP);
}

}  // namespace

Options FromEnvironment() {
  Options options;
  const auto read = [](const char* name, std::string& value) {
    const char* text = std::getenv(name);
    if (text != nullptr && *text != '\0') {
      value = text;
    }
  };
  read("TOKENBROKER_ENDPOINT", options.endpoint);
  read("TOKENBROKER_TLS_CA", options.ca);
  read("TOKENBROKER_TLS_CERT", options.cert);
  read("TOKENBROKER_TLS_KEY", options.key);
  read("TOKENBROKER_TOKEN_FILE", options.token_file);
  return options;
}

std::shared_ptr<grpc::Channel> Connect(const Options& options) {
  auto credentials = Transport(options);
  if (!options.token_file.empty()) {
    credentials = grpc::CompositeChannelCredentials(
        credentials, grpc::experimental::MetadataCredentialsFromPlugin(
                         std::make_unique<Bearer>(options.token_file),
                         options.ca.empty() ? GRPC_SECURITY_NONE : GRPC_PRIVACY_AND_INTEGRITY));
  }
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  // after 30 s of silence during a call: is the broker there? It allows a ping every 10 s.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  return grpc::CreateCustomChannel(options.endpoint, credentials, arguments);
}

}  // namespace broker
