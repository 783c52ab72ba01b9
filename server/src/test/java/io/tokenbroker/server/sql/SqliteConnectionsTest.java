package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteConnectionsTest {
  @TempDir Path directory;
  private SqliteConnections connections;

  @BeforeEach
  void open() {
    connections = new SqliteConnections("jdbc:sqlite:" + directory.resolve("file.db"), true);
  }

  @AfterEach
  void close() {
    connections.close();
  }

  @Test
  void aWriterThatCannotBeginIsReplaced() throws Exception {
    Connection broken = connections.begin(0);
    connections.giveBack(broken, false);
    broken.close();
    assertThatThrownBy(() -> connections.begin(0)).isInstanceOf(SQLException.class);

    Connection fresh = connections.begin(0);
    assertThat(fresh).isNotSameAs(broken);
    connections.giveBack(fresh, false);
  }

  @Test
  void whoWritesMayReadOnAConnectionBesideIt() throws Exception {
    Connection writer = connections.begin(0);
    Connection reader = connections.take();
    assertThat(reader).isNotSameAs(writer);
    connections.giveBack(reader, false);
    assertThat(connections.take()).as("for the next one who reads").isSameAs(reader);
    connections.giveBack(reader, false);
    connections.giveBack(writer, false);

    Connection again = connections.begin(0);
    assertThat(again).isSameAs(writer);
    connections.giveBack(again, false);
  }

  @Test
  void aCloseDoesNotWaitForATransactionThatDoesNotEnd() throws Exception {
    Connection writer = connections.begin(0);
    try {
      CompletableFuture.runAsync(connections::close).get(30, TimeUnit.SECONDS);
      assertThat(writer.isClosed()).as("while it is used").isFalse();
    } finally {
      connections.giveBack(writer, false);
    }
    assertThat(writer.isClosed()).isTrue();
  }
}
