package io.tokenbroker.server.config;

import java.time.Duration;

/** The keys about connections; part of {@link Keys#ALL}. */
final class ConnectionKeys {
  private ConnectionKeys() {}

  static final Key<Integer> MAX =
      Key.of(
          "connections.max",
          new NumberType(1, 1_000_000),
          "10000",
          "How many connections may be open; one more is closed as soon as it is accepted.");
  static final Key<Integer> MAX_PER_ADDRESS =
      Key.of(
          "connections.max_per_address",
          new NumberType(1, 1_000_000),
          "1000",
          "How many of them may come from one IP address; that of a proxy counts for all behind it.");
  static final Key<Duration> HANDSHAKE_TIMEOUT =
      Key.of(
          "connections.handshake_timeout",
          new DurationType(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "10s",
          "When a new connection must have sent its HTTP/2 preface and settings, or is closed. The handshake of TLS before that has 10 s.");
  static final Key<Duration> MAX_IDLE =
      Key.of(
          "connections.max_idle",
          new DurationType(Duration.ZERO, Duration.ofHours(24)),
          "30m",
          "After how long without a call or stream a connection is closed; 0s never.");
  static final Key<Duration> MAX_AGE =
      Key.of(
          "connections.max_age",
          new DurationType(Duration.ZERO, Duration.ofDays(30)),
          "4h",
          "When a connection is told to go, give or take a tenth, so that clients find brokers that"
              + " are new; 0s never. Its calls and streams go on.");
  static final Key<Duration> AGE_GRACE =
      Key.of(
          "connections.age_grace",
          new DurationType(Duration.ZERO, Duration.ofDays(30)),
          "0s",
          "How long they may after that; 0s as long as they last. Less cuts off streams of leases.");
}
