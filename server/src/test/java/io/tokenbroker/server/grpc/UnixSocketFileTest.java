package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of brokers that begin at once at one place, one has it. */
class UnixSocketFileTest {
  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("s");
  }

  private UnixSocketFile file() {
    return new UnixSocketFile(path, PosixFilePermissions.fromString("rw-rw----"));
  }

  private static ServerSocketChannel listen(UnixSocketFile at) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(at.bindTo().path()));
  }

  @Test
  void whoBeginsWhileAnotherDoesIsRefused() throws Exception {
    UnixSocketFile first = file();
    UnixSocketFile second = file();
    first.prepare();
    assertThatThrownBy(second::prepare).hasMessage("another program is about to");
    second.remove();
    try (ServerSocketChannel listener = listen(first)) {
      first.publish();
      assertThat(listener.isOpen()).isTrue();
      assertThatThrownBy(second::prepare).hasMessage("another program does");
      second.remove();
      assertThat(path).exists();
    }
    first.remove();
    assertLeft();
  }

  @Test
  void whoFailedLetsTheNextOneBegin() throws Exception {
    UnixSocketFile first = file();
    first.prepare();
    first.remove();
    UnixSocketFile second = file();
    second.prepare();
    try (ServerSocketChannel listener = listen(second)) {
      second.publish();
      assertThat(listener.isOpen()).isTrue();
    }
    second.remove();
    assertLeft();
  }

  @Test
  void aFileThatAKilledOneLeftLockedOutNobody() throws Exception {
    Files.writeString(directory.resolve(".s.lock"), "left");
    UnixSocketFile file = file();
    file.prepare();
    file.remove();
    assertLeft();
  }

  private void assertLeft() throws IOException {
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }
}
