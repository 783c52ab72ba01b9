package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.tokenbroker.server.model.Setting;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How many connections there may be, and for how long. */
public record ConnectionLimits(
    @Setting(
            key = "connections.max",
            value = "10000",
            range = "1 to 1,000,000",
            doc =
                "How many connections may be open; one more is closed as soon as it is accepted. From"
                    + " one IP address there may be as many as are left for all others.")
        int most,
    @Setting(
            key = "connections.max_per_address",
            value = "1000",
            range = "1 to 1,000,000",
            doc =
                "How many of them may come from one IP address, or from one user through Unix"
                    + " sockets; that of a proxy counts for all behind it.")
        int mostPerAddress,
    @Setting(
            key = "connections.handshake_timeout",
            value = "10s",
            range = "1s to 10m",
            doc =
                "When a new connection must have sent its HTTP/2 preface and settings, or is"
                    + " closed. The handshake of TLS before that has 10 s.")
        Duration handshake,
    @Setting(
            key = "connections.max_idle",
            value = "30m",
            range = "0s to 24h",
            doc = "After how long without a call or stream a connection is closed; 0s never.")
        Duration idle,
    @Setting(
            key = "connections.max_age",
            value = "4h",
            range = "0s to 720h",
            doc =
                "When a connection is told to go, give or take a tenth, so that clients find"
                    + " brokers that are new; 0s never. Its calls and streams go on.")
        Duration age,
    @Setting(
            key = "connections.age_grace",
            value = "0s",
            range = "0s to 720h",
            doc =
                "How long they may after that; 0s as long as they last. Less cuts off streams of"
                    + " leases.")
        Duration ageGrace) {
  void applyTo(NettyServerBuilder builder) {
    builder.handshakeTimeout(handshake.toNanos(), TimeUnit.NANOSECONDS);
    if (!idle.isZero()) {
      builder.maxConnectionIdle(idle.toNanos(), TimeUnit.NANOSECONDS);
    }
    if (!age.isZero()) {
      builder.maxConnectionAge(age.toNanos(), TimeUnit.NANOSECONDS);
    }
    if (!ageGrace.isZero()) {
      builder.maxConnectionAgeGrace(ageGrace.toNanos(), TimeUnit.NANOSECONDS);
    }
  }
}
