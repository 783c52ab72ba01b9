package io.tokenbroker.server.torture;

import io.tokenbroker.server.testing.DatabaseServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** A node that is silent is taken for gone after less than a TTL; nobody commits until then. */
  private static final String TIMES =
      "evs.keepalive_period=PT0.2S;evs.inactive_check_period=PT0.2S;"
          + "evs.suspect_timeout=PT1S;evs.inactive_timeout=PT2S;evs.install_timeout=PT2S";

  /** How a node gets the data of another one: not at all, but for what it has missed. */
  private static final String TRANSFER =
      """
      #!/bin/sh
      while [ $# -gt 0 ]; do
        case $1 in
          --role) role=$2 ;; --address) address=$2 ;; --gtid) position=$2 ;;
          --datadir) told=$2/transferred ;; --bypass) missed=1 ;;
        esac
        shift
      done
      if [ "$role" = donor ]; then
        [ -n "$missed" ] || exit 22
        echo "$position" > "$address"
        echo "done $position"
      else
        rm -f "$told"
        echo "ready $told"
        until [ -s "$told" ]; do sleep 0.1; done
        cat "$told"
      fi
      """;

  /** Of one that ran, what the next one must not have. */
  private static final Set<String> ITS_OWN = Set.of("galera.cache", "gvwstate.dat");

  /** One of them, and its ports beside that for clients. */
  private record Node(DatabaseServer server, int port, int transferPort) {}

  private final List<Node> nodes = new ArrayList<>();
  private final Path scripts;

  /** Its nodes run when this returns. */
  Galera() {
    try {
      scripts = Files.createTempDirectory("tokenbroker-galera");
      Path script = Files.writeString(scripts.resolve("wsrep_sst_missed"), TRANSFER);
      if (!script.toFile().setExecutable(true)) {
        throw new IOException("not executable: " + script);
      }
      for (int i = 0; i < SIZE; i++) {
        nodes.add(
            new Node(
                DatabaseServer.prepare(DatabaseServer.Product.MARIADB),
                BrokerProcess.freePort(),
                BrokerProcess.freePort()));
      }
      begin();
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** All have the data of one that has been a cluster alone. */
  private void begin() throws IOException {
    Node first = nodes.get(0);
    start(first, List.of("--wsrep-new-cluster", "--wsrep-cluster-address=gcomm://"));
    first.server.stop();
    for (Node node : nodes.subList(1, SIZE)) {
      copy(first.server.data(), node.server.data());
    }
    start(first, List.of("--wsrep-new-cluster", "--wsrep-cluster-address=gcomm://"));
    nodes.subList(1, SIZE).forEach(this::start);
  }

  @Override
  public List<DatabaseServer> servers() {
    return nodes.stream().map(Node::server).toList();
  }

  @Override
  public void restart(DatabaseServer server) {
    nodes.stream().filter(node -> node.server == server).forEach(this::start);
  }

  /** One that has been in the cluster. */
  private void start(Node node) {
    String all =
        nodes.stream().map(other -> "127.0.0.1:" + other.port).collect(Collectors.joining(","));
    List<String> how = new ArrayList<>(List.of("--wsrep-cluster-address=gcomm://" + all));
    how.add("--wsrep-start-position=" + node.server.position(options(node, how)));
    start(node, how);
  }

  private void start(Node node, List<String> how) {
    String path = scripts + File.pathSeparator + System.getenv("PATH");
    node.server.start(options(node, how), Map.of("PATH", path));
    awaitReady(node.server);
  }

  private static List<String> options(Node node, List<String> how) {
    List<String> options = new ArrayList<>(how);
    options.add("--wsrep-on=ON");
    options.add("--wsrep-provider=" + System.getenv().getOrDefault("GALERA", LIBRARY));
    options.add("--wsrep-cluster-name=torture");
    options.add("--wsrep-node-address=127.0.0.1:" + node.port);
    options.add("--wsrep-sst-method=missed");
    options.add("--wsrep-slave-threads=4");
    options.add("--binlog-format=ROW");
    options.add("--innodb-autoinc-lock-mode=2");
    options.add(
        "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:%d;ist.recv_addr=127.0.0.1:%d;gcache.size=64M;gcache.recover=yes;%s"
            .formatted(node.port, node.transferPort, TIMES));
    return options;
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

  private static void copy(Path from, Path to) throws IOException {
    DatabaseServer.delete(to);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        if (!ITS_OWN.contains(file.getFileName().toString())) {
          Files.copy(file, to.resolve(from.relativize(file)));
        }
      }
    }
  }

  @Override
  public void close() {
    nodes.forEach(node -> node.server.close());
    DatabaseServer.delete(scripts);
  }
}
