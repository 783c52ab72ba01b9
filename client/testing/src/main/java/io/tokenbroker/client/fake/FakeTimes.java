package io.tokenbroker.client.fake;

import com.google.protobuf.Timestamp;
import java.time.Instant;

/** Times of the contract. */
final class FakeTimes {
  private FakeTimes() {}

  static Timestamp timestamp(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }
}
