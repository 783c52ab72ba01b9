package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.client.ClientOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.server.e2e.Tools.Ran;
import io.tokenbroker.v1.GetVersionRequest;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other addresses than one of a network for everything. */
class ListenIT {
  private static final int REFUSED = 6;
  private static final int LISTEN = 71;
  private static final int CONFIG = 78;

  @TempDir Path directory;
  private Path data;
  private Path socket;
  private Path adminSocket;

  @BeforeEach
  void name() {
    data = directory.resolve("data");
    socket = directory.resolve("socket");
    adminSocket = directory.resolve("of admin's"); // as paths may be
  }

  private static long uid() throws IOException {
    return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
  }

  private static Cli.Result at(Path socket, String stdin, String... command)
      throws InterruptedException {
    return Cli.run(Map.of("TOKENBROKER_ENDPOINT", "unix:" + socket), stdin, command);
  }

  private void imports(Path socket) throws InterruptedException {
    Cli.Result added = at(socket, Broker.SECRET + "1\n", "tokens", "import", "a", "-");
    assertThat(added.exit()).as(added.err()).isZero();
  }

  @Test
  void administrationHasAnAddressOfItsOwn() throws Exception {
    try (Broker broker = Broker.start(data, Map.of("LISTEN_ADMIN", "unix:" + adminSocket))) {
      assertThat(broker.log().firstWith("\"serving\"").orElseThrow())
          .contains("\"admin_address\":\"unix:" + adminSocket + "\"")
          .contains("everyone on this machine, as local; whoever may open the socket");
      imports(adminSocket);
      assertThat(broker.cli("next", "a").out()).contains(Broker.SECRET + "1");

      Cli.Result there = broker.cli("tokens", "list", "a");
      assertThat(there.exit()).isEqualTo(REFUSED);
      assertThat(there.err()).contains("listen_admin", "--endpoint").hasLineCount(1);
      Cli.Result here = at(adminSocket, "", "next", "a");
      assertThat(here.exit()).isEqualTo(REFUSED);
      assertThat(here.err()).contains("is for administration", "--endpoint").hasLineCount(1);
      assertThat(at(adminSocket, "", "version").exit()).isZero();
      assertThat(broker.stop()).isZero();
    }
    assertThat(adminSocket).doesNotExist();
  }

  @Test
  void whoConnectsThroughASocketIsKnown() throws Exception {
    String me = "uid:" + uid();
    Path policy =
        Files.writeString(
            directory.resolve("policy.yaml"),
            """
            rules:
              - {callers: ["%s"], accounts: ["*"], may: [next, admin.read, admin.write]}
            """
                .formatted(me));
    Path audit = directory.resolve("audit.log");
    Map<String, String> settings =
        Map.of(
            "LISTEN_ADMIN",
            "unix:" + socket,
            "LISTEN_SOCKET_MODE",
            "0660",
            "POLICY_FILE",
            policy.toString(),
            "AUDIT_FILE",
            audit.toString());
    try (Broker broker = Broker.start(data, settings)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");
      imports(socket);
      Cli.Result denied = broker.cli("next", "a");
      assertThat(denied.err()).contains("local").contains("next");
      assertThat(denied.exit()).isEqualTo(REFUSED);
      Cli.Result allowed = at(socket, "", "policy", "check", me, "next", "a");
      assertThat(allowed.exit()).as(allowed.err()).isZero();
      assertThat(broker.stop()).isZero();
    }
    List<JsonObject> records =
        Files.readAllLines(audit).stream()
            .map(line -> JsonParser.parseString(line).getAsJsonObject())
            .filter(line -> line.has("method"))
            .toList();
    assertThat(records)
        .filteredOn(line -> line.get("method").getAsString().endsWith("AddTokens"))
        .isNotEmpty()
        .allMatch(line -> line.get("caller").getAsString().equals(me))
        .allMatch(line -> line.get("from").getAsString().equals("unix:" + socket));
  }

  private Map<String, String> listening(String where) {
    return Map.of("LISTEN", "unix:" + where);
  }

  @Test
  void callersOfAllKindsComeThroughASocket() throws Exception {
    try (Broker broker = Broker.start(data, listening("" + socket))) {
      assertThat(mode()).isEqualTo("rw-------");
      imports(socket);
      Cli.Result next = Cli.run(Map.of(), "", "--endpoint", "unix://" + socket, "next", "a");
      assertThat(next.out()).as(next.err()).contains(Broker.SECRET + "1");
      try (TokenBrokerClient client =
          TokenBrokerClient.connect(ClientOptions.DEFAULT.withEndpoints("unix:" + socket))) {
        assertThat(client.stub().getVersion(GetVersionRequest.getDefaultInstance())).isNotNull();
      }
      Optional<Path> grpcurl = Tools.find("bin/grpcurl", "grpcurl");
      if (grpcurl.isPresent()) {
        Ran turn =
            Tools.run(
                List.of(
                    grpcurl.get().toString(),
                    "-plaintext",
                    "-d",
                    "{\"account\": \"a\"}",
                    "unix://" + socket,
                    "tokenbroker.v1.TokenBroker/NextToken"));
        assertThat(turn.output()).contains(Broker.SECRET + "1");
      }
      assertThat(broker.log().lines()).noneMatch(line -> line.contains("\"WARN\""));
      assertThat(broker.stop()).isZero();
    }
    assertThat(socket).doesNotExist();
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).containsExactly(data);
    }
  }

  private String mode() throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(socket));
  }

  @Test
  void theSocketOfADeadBrokerIsReplacedAndThatOfALiveOneIsNot() throws Exception {
    try (Broker broker = Broker.start(data, listening("" + socket))) {
      assertThat(refused(directory.resolve("other"), LISTEN, "unix:" + socket))
          .contains("cannot listen on unix:" + socket + ": another program does");
      assertThat(at(socket, "", "version").exit()).as("it is left alone").isZero();
      broker.kill();
    }
    assertThat(socket).as("a killed one leaves it behind").exists();
    Map<String, String> alsoHttp = new HashMap<>(listening("" + socket));
    alsoHttp.put("LISTEN_HTTP", "127.0.0.1:0");
    try (Broker broker = Broker.start(data, alsoHttp)) {
      assertThat(broker.log().firstWith("\"serving\"").orElseThrow())
          .contains("everyone on this machine, as local; whoever may open the socket");
      assertThat(at(socket, "", "version").exit()).isZero();
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void whatIsNoSocketStaysAsItIs() throws Exception {
    Files.writeString(socket, "precious");
    assertThat(refused(data, LISTEN, "unix:" + socket)).contains("a file that is no socket");
    assertThat(socket).hasContent("precious");
    Path link = Files.createSymbolicLink(directory.resolve("link"), socket);
    assertThat(refused(data, LISTEN, "unix:" + link)).contains("a file that is no socket");
    Path into = Files.createDirectory(directory.resolve("directory"));
    assertThat(refused(data, LISTEN, "unix:" + into)).contains("a file that is no socket");

    assertThat(refused(data, LISTEN, "unix:" + directory.resolve("none/s")))
        .contains("its directory does not exist");
    assertThat(refused(data, CONFIG, "unix:/tmp/" + "s".repeat(108)))
        .contains("listen = \"unix:/tmp/sss", "of at most 107 bytes");
  }

  @Test
  void aSocketThatSomebodyElseHasPutThereIsNotRemoved() throws Exception {
    try (Broker broker = Broker.start(data, listening("" + socket))) {
      Files.delete(socket);
      try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        var unused = other.bind(UnixDomainSocketAddress.of(socket));
        assertThat(broker.stop()).isZero();
        assertThat(socket).exists();
      }
    }
  }

  @Test
  void withoutUnixSocketsTheStartSaysSo() throws Exception {
    String none = "-Dio.grpc.netty.shaded.io.netty.transport.noNative=true";
    assertThat(
            refusedBy(
                List.of("env", "TOKENBROKER_JAVA_OPTS=" + none), data, LISTEN, "unix:" + socket))
        .contains("Unix sockets need Linux on x86-64 or aarch64");
    assertThat(socket).doesNotExist();
  }

  private static String refused(Path data, int exit, String listen) throws InterruptedException {
    return refusedBy(List.of(), data, exit, listen);
  }

  /** One line on standard error, which is the last: what is before is its log. */
  private static String refusedBy(List<String> by, Path data, int exit, String listen)
      throws InterruptedException {
    Cli.Result result =
        Cli.run(
            by,
            Map.of("TOKENBROKER_DATA", data.toString(), "TOKENBROKER_LISTEN", listen),
            "",
            "serve");
    assertThat(result.exit()).as(result.err()).isEqualTo(exit);
    List<String> said = result.err().lines().filter(line -> !line.startsWith("{")).toList();
    assertThat(said).as(result.err()).hasSize(1);
    return said.get(0);
  }
}
