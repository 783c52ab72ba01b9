package io.tokenbroker.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.tokenbroker.server.e2e.Broker;
import io.tokenbroker.server.e2e.Caller;
import io.tokenbroker.server.e2e.Cli;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResponse;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.RevokeLeaseRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub;
import io.tokenbroker.v1.WatchAccountRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The brokers that cases name, and what cases do to them. */
final class Brokers implements AutoCloseable {
  private final Path directory;
  private final Path ours;
  private final Path others;
  private final FlakyBroker fake = new FlakyBroker();
  private final Broker tls;
  private final ManagedChannel admin;
  private Broker plain;
  private Caller caller;
  private boolean stopped;

  Brokers(Path directory) throws InterruptedException, IOException {
    this.directory = directory;
    ours = selfSigned("ours");
    others = selfSigned("others");
    plain = Broker.start(directory.resolve("plain"));
    caller = plain.caller();
    tls =
        Broker.start(
            directory.resolve("tls"),
            Map.of(
                "TLS_CERT_FILE", ours.resolve("server.pem").toString(),
                "TLS_KEY_FILE", ours.resolve("server.key").toString(),
                "TLS_CLIENT_CA_FILE", ours.resolve("ca.pem").toString()));
    admin =
        Grpc.newChannelBuilder(
                tls.endpoint(),
                TlsChannelCredentials.newBuilder()
                    .trustManager(ours.resolve("ca.pem").toFile())
                    .keyManager(
                        ours.resolve("admin.pem").toFile(), ours.resolve("admin.key").toFile())
                    .build())
            .build();
  }

  private Path selfSigned(String name) throws InterruptedException {
    Path where = directory.resolve(name);
    Cli.Result made = Cli.run(Map.of(), "", "tls", "self-signed", where.toString());
    assertThat(made.exit()).as(made.err()).isZero();
    return where;
  }

  String endpoint(String broker) {
    return switch (broker) {
      case "plain" -> plain.endpoint();
      case "tls" -> tls.endpoint();
      case "fake" -> fake.endpoint();
      default -> throw new AssertionError("no broker " + broker);
    };
  }

  void addFiles(JsonObject named, JsonObject connect) {
    if (named.has("ca")) {
      connect.addProperty("ca", files(named, "ca").resolve("ca.pem").toString());
    }
    if (named.has("identity")) {
      connect.addProperty("cert", files(named, "identity").resolve("client.pem").toString());
      connect.addProperty("key", files(named, "identity").resolve("client.key").toString());
    }
  }

  private Path files(JsonObject named, String field) {
    return named.get(field).getAsString().equals("ours") ? ours : others;
  }

  /** Leaves the tokens' ids and secrets in the variables, from 1. */
  void addTokens(String broker, int count, Map<String, String> variables) {
    if (count == 0) {
      return;
    }
    AddTokensRequest.Builder request =
        AddTokensRequest.newBuilder().setAccount(variables.get("account"));
    for (int i = 1; i <= count; i++) {
      String secret = Broker.SECRET + System.nanoTime() + "-" + i;
      variables.put("secret" + i, secret);
      request.addTokens(NewToken.newBuilder().setSecret(secret));
    }
    TokenBrokerAdminBlockingStub stub =
        broker.equals("tls")
            ? TokenBrokerAdminGrpc.newBlockingStub(admin).withDeadlineAfter(60, TimeUnit.SECONDS)
            : caller.admin();
    AddTokensResponse added = stub.addTokens(request.build());
    for (int i = 1; i <= count; i++) {
      variables.put("id" + i, added.getResults(i - 1).getToken().getTokenId());
    }
  }

  void take(String verb, JsonObject step, Map<String, String> variables)
      throws IOException, InterruptedException {
    switch (verb) {
      case "admin" -> {
        RevokeLeaseRequest.Builder request = RevokeLeaseRequest.newBuilder();
        JsonFormat.parser().merge(step.get("request").toString(), request);
        var unused = caller.admin().revokeLease(request.build());
      }
      case "await_waiters" ->
          awaitWaiters(variables.get("account"), step.get("await_waiters").getAsInt());
      case "stop_broker" -> {
        caller.close();
        stopped = true;
        assertThat(plain.stop()).isZero();
      }
      case "start_broker" -> startIfStopped();
      case "fail_next" -> {
        JsonObject failure = step.getAsJsonObject("fail_next");
        fake.failNext(failure.get("code").getAsString(), failure.get("times").getAsInt());
      }
      case "calls_seen" ->
          assertThat(fake.takeCalls()).isEqualTo(step.get("calls_seen").getAsInt());
      case "authorization_seen" ->
          assertThat(fake.authorization()).isEqualTo(step.get("authorization_seen").getAsString());
      default -> throw new AssertionError("no step is called " + verb);
    }
  }

  /** On the same port and data; also for the case after one that has failed in between. */
  void startIfStopped() throws InterruptedException {
    if (stopped) {
      Broker before = plain;
      plain = Broker.start(directory.resolve("plain"), Map.of("LISTEN", before.endpoint()));
      stopped = false;
      before.close();
      caller = plain.caller();
    }
  }

  private void awaitWaiters(String account, int count) {
    Eventually.until(count + " waiters", () -> state(account).getWaiterCount() == count);
  }

  private AccountState state(String account) {
    WatchAccountRequest request = WatchAccountRequest.newBuilder().setAccount(account).build();
    try (Context.CancellableContext watch = Context.current().withCancellation()) {
      return watch.call(() -> caller.data().watchAccount(request).next().getState());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  Caller caller() {
    return caller;
  }

  @Override
  public void close() {
    fake.close();
    caller.close();
    admin.shutdownNow();
    plain.close();
    tls.close();
  }
}
