package io.tokenbroker.server.abuse;

import io.grpc.ManagedChannel;
import io.tokenbroker.server.testing.BuiltBroker;
import io.tokenbroker.v1.CreateCallerKeyRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The distribution's daemon with a small heap, on an embedded store of its own. */
final class Victim implements AutoCloseable {
  /** What the attacker may have; the others' is all the rest. */
  private static final String POLICY =
      """
      rules:
        - {callers: ["key:*"], accounts: ["*"], may: [next, stream, lease, admin.write]}
      bounds:
        - callers: ["key:bad"]
          turns_per_second: 1000
          streams: 100
          waiters: 1000
          leases: 50
          connections: 20
      """;

  private final BuiltBroker broker;
  private final String good;
  private final String bad;
  private long peakKib;

  /** One that asks nobody who calls. */
  Victim(Path distribution, Path directory) throws IOException {
    this(start(distribution, directory, Map.of()), "", "");
  }

  /** The same, with an HTTP port. */
  static Victim withHttp(Path distribution, Path directory) throws IOException {
    return new Victim(start(distribution, directory, Map.of("LISTEN_HTTP", "127.0.0.1:0")), "", "");
  }

  private Victim(BuiltBroker broker, String good, String bad) {
    this.broker = broker;
    this.good = good;
    this.bad = bad;
  }

  /** One that knows a good and a bad caller by their keys, and bounds the latter. */
  static Victim withKeys(Path distribution, Path directory) throws IOException {
    String good;
    String bad;
    try (BuiltBroker open = start(distribution, directory, Map.of())) {
      good = key(open, "good");
      bad = key(open, "bad");
    }
    Path policy = Files.writeString(directory.resolve("policy.yaml"), POLICY);
    return new Victim(
        start(
            distribution,
            directory,
            Map.of("IDENTITY_KEYS", "true", "POLICY_FILE", policy.toString())),
        good,
        bad);
  }

  private static BuiltBroker start(Path distribution, Path directory, Map<String, String> more)
      throws IOException {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("JAVA_OPTS", "-Xmx256m");
    settings.put("DATA", directory.resolve("data").toString());
    return new BuiltBroker(distribution, directory.resolve("daemon.log"), settings);
  }

  private static String key(BuiltBroker open, String caller) {
    ManagedChannel channel = new Target(open.port(), 0, 0, "").connect();
    try {
      return TokenBrokerAdminGrpc.newBlockingStub(channel)
          .createCallerKey(CreateCallerKeyRequest.newBuilder().setName(caller).build())
          .getKey();
    } finally {
      var unused = channel.shutdownNow();
    }
  }

  /** Of the good callers; empty if nobody is asked. */
  String goodKey() {
    return good;
  }

  /** Of the attacker. */
  String badKey() {
    return bad;
  }

  int port() {
    return broker.port();
  }

  /** 0 if it has none. */
  int httpPort() throws IOException {
    return broker.httpPort();
  }

  boolean isAlive() {
    return broker.isAlive();
  }

  long logBytes() throws IOException {
    return broker.logBytes();
  }

  /** The most memory it had so far; to be asked while it lives. */
  long peakKib() {
    try {
      Files.readAllLines(Path.of("/proc", Long.toString(broker.pid()), "status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .forEach(kib -> peakKib = kib);
    } catch (IOException e) {
      // it has ended, or this is no Linux
    }
    return peakKib;
  }

  @Override
  public void close() {
    broker.close();
  }
}
