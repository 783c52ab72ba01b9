package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tokenbroker.server.testing.LogLines;
import java.io.IOException;
import java.net.ConnectException;
import java.security.cert.CertificateException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

final class UnreachedPeersTest {
  private static final Status REFUSED =
      Status.UNAVAILABLE.withCause(
          new SSLHandshakeException("General OpenSslEngine problem")
              .initCause(new CertificateException("no path to a trusted certificate")));
  private static final Status UNREACHED =
      Status.UNAVAILABLE.withCause(new ConnectException("Connection refused"));
  private static final Status BROKEN = Status.UNAVAILABLE.withCause(new IOException("reset"));

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final UnreachedPeers peers = new UnreachedPeers(nanos::get);

  @Test
  void saysWhichPeerAndWhy() {
    try (LogLines log = new LogLines(UnreachedPeers.class)) {
      peers.lost("a:1", REFUSED, false);
      peers.lost("b:1", UNREACHED, false);
      assertThat(log.lines()).hasSize(2);
      assertThat(log.lines().get(0))
          .contains("tls.client_ca_file", "peer=a:1", "cause=no path to a trusted certificate");
      assertThat(log.lines().get(1)).contains("fleet.advertise", "peer=b:1", "cause=Connection");
    }
  }

  /** With TLS 1.3 who calls may have sent something before it is refused. */
  @Test
  void alsoIfTheCallWasSent() {
    try (LogLines log = new LogLines(UnreachedPeers.class)) {
      peers.lost("a:1", REFUSED, true);
      assertThat(log.lines()).hasSize(1);
    }
  }

  @Test
  void aConnectionThatBreaksIsNothingToMend() {
    try (LogLines log = new LogLines(UnreachedPeers.class)) {
      peers.lost("a:1", BROKEN, true);
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void ofEachOnceAMinute() {
    try (LogLines log = new LogLines(UnreachedPeers.class)) {
      for (int call = 0; call < 3; call++) {
        peers.lost("a:1", REFUSED, false);
        peers.lost("b:1", REFUSED, false);
      }
      assertThat(log.lines()).hasSize(2);
      nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
      peers.lost("a:1", REFUSED, false);
      assertThat(log.lines()).hasSize(3);
    }
  }

  @Test
  void countsThoseOfTheLastHour() {
    peers.lost("a:1", REFUSED, false);
    peers.lost("a:1", UNREACHED, false);
    peers.lost("a:1", BROKEN, true);
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(59));
    peers.lost("b:1", UNREACHED, false);
    assertThat(peers.failures()).isEqualTo(Map.of("a:1", 2L, "b:1", 1L));
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
    assertThat(peers.failures()).isEqualTo(Map.of("b:1", 1L));
  }
}
