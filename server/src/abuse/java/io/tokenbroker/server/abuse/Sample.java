package io.tokenbroker.server.abuse;

import io.grpc.Status.Code;
import java.util.Collection;
import java.util.List;

/**
 * A call of a good caller.
 *
 * @param begin by System.nanoTime
 * @param nanos how long it took
 */
record Sample(Kind kind, long begin, long nanos, Code code) {
  enum Kind {
    /** NextToken on a connection that stays. */
    TURN,
    /** The same with a scope that is used for a second. */
    SCOPED,
    /** The same on a new connection. */
    CONNECT,
    /** The same on an account whose tokens an attacker waits for as well. */
    WAIT,
    /** AcquireLease or ReleaseLease. */
    LEASE
  }

  /** What began in a span of time. */
  record Span(Collection<Sample> all, long begin, long end) {
    private List<Sample> within() {
      return all.stream().filter(s -> s.begin >= begin && s.begin < end).toList();
    }

    long errors() {
      return within().stream().filter(sample -> sample.code != Code.OK).count();
    }

    /** In milliseconds; of calls that failed as well. */
    double p99(Kind kind) {
      long[] sorted =
          within().stream().filter(s -> s.kind == kind).mapToLong(Sample::nanos).sorted().toArray();
      return sorted.length == 0 ? 0 : sorted[(sorted.length - 1) * 99 / 100] / 1e6;
    }

    /** Which errors, and of what. */
    List<String> failures() {
      return within().stream()
          .filter(sample -> sample.code != Code.OK)
          .map(sample -> sample.kind + " " + sample.code)
          .distinct()
          .sorted()
          .toList();
    }
  }
}
