package io.tokenbroker.server.torture;

import io.tokenbroker.server.testing.DatabaseServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A cluster of three MariaDB servers on this machine. It needs Galera's library, which Debian has
 * in its package galera-4; {@code GALERA} in the environment says where it is if not there.
 */
final class Galera implements FleetTorture.Nodes {
  private static final int SIZE = 3;
  private static final long READY_SECONDS = 60;
  private static final String LIBRARY = "/usr/lib/galera/libgalera_smm.so";

  /**
   * A node that is silent is taken for gone after less than a TTL, and nobody commits until then.
   */
  private static final String EVS =
      "evs.keepalive_period=PT0.2S;evs.inactive_check_period=PT0.2S;"
          + "evs.suspect_timeout=PT1S;evs.inactive_timeout=PT2S;evs.install_timeout=PT2S";

  /** One of them, and its ports beside that for clients. */
  private record Node(DatabaseServer server, int port, int transferPort) {}

  private final List<Node> nodes = new ArrayList<>();

  /** Its nodes run when this returns. */
  Galera() throws IOException {
    try {
      for (int i = 0; i < SIZE; i++) {
        nodes.add(
            new Node(
                DatabaseServer.prepare(DatabaseServer.Product.MARIADB),
                BrokerProcess.freePort(),
                BrokerProcess.freePort()));
      }
      // all begin with the data of one that has been a cluster alone: nobody has to send it to
      // others
      Node first = nodes.get(0);
      first.server.start(options(first, "gcomm://"));
      first.server.stop();
      for (Node node : nodes.subList(1, SIZE)) {
        copy(first.server.data(), node.server.data());
      }
      List<String> alone = options(first, "gcomm://");
      first.server.start(alone);
      for (Node node : nodes.subList(1, SIZE)) {
        start(node);
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public List<DatabaseServer> servers() {
    return nodes.stream().map(Node::server).toList();
  }

  /** A node that was stopped or killed: it is there, and has all, when this returns. */
  @Override
  public void restart(DatabaseServer server) {
    nodes.stream().filter(node -> node.server == server).forEach(this::start);
  }

  private void start(Node node) {
    String all =
        nodes.stream().map(other -> "127.0.0.1:" + other.port).collect(Collectors.joining(","));
    List<String> options = new ArrayList<>(options(node, "gcomm://" + all));
    options.add("--wsrep-start-position=" + node.server.position());
    node.server.start(options);
    awaitReady(node.server);
  }

  private static void awaitReady(DatabaseServer server) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    String url = "jdbc:mysql://127.0.0.1:" + server.port() + "/";
    while (System.nanoTime() - end < 0) {
      try (Connection connection =
              DriverManager.getConnection(url, server.user(), server.password());
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("show status like 'wsrep_ready'")) {
        if (row.next() && row.getString(2).equalsIgnoreCase("on")) {
          return;
        }
      } catch (SQLException e) {
        // not yet
      }
      Worker.pause(50);
    }
    throw new IllegalStateException("a node of the cluster is not ready");
  }

  private static List<String> options(Node node, String cluster) {
    String library = System.getenv().getOrDefault("GALERA", LIBRARY);
    return List.of(
        "--wsrep-on=ON",
        "--wsrep-provider=" + library,
        "--wsrep-cluster-name=torture",
        "--wsrep-cluster-address=" + cluster,
        "--wsrep-node-address=127.0.0.1:" + node.port,
        "--wsrep-sst-method=rsync",
        "--wsrep-slave-threads=4",
        "--binlog-format=ROW",
        "--innodb-autoinc-lock-mode=2",
        "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:%d;ist.recv_addr=127.0.0.1:%d;gcache.size=64M;gcache.recover=yes;%s"
            .formatted(node.port, node.transferPort, EVS));
  }

  private static void copy(Path from, Path to) throws IOException {
    DatabaseServer.delete(to);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("galera.cache")) {
          Files.copy(file, to.resolve(from.relativize(file)));
        }
      }
    }
  }

  @Override
  public void close() {
    nodes.forEach(node -> node.server.close());
  }
}
