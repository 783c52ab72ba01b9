package io.tokenbroker.server.grpc;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** How many took how long. Thread-safe; to count costs two or three adders. */
final class DurationCounts {
  private final long[] bounds;
  private final LongAdder nanos = new LongAdder();
  private final LongAdder[] buckets;

  /**
   * @param bounds upper ones, in nanoseconds; there is one bucket more, for what took longer
   */
  DurationCounts(long[] bounds) {
    this.bounds = bounds;
    buckets = new LongAdder[bounds.length + 1];
    Arrays.setAll(buckets, bucket -> new LongAdder());
  }

  void count(long took) {
    nanos.add(took);
    int bucket = 0;
    while (bucket < bounds.length && took > bounds[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
  }

  /** Each for itself. */
  List<Long> buckets() {
    return Arrays.stream(buckets).map(LongAdder::sum).toList();
  }

  /** All of them together. */
  double seconds() {
    return seconds(nanos.sum());
  }

  static double[] seconds(long[] bounds) {
    return Arrays.stream(bounds).mapToDouble(DurationCounts::seconds).toArray();
  }

  static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
