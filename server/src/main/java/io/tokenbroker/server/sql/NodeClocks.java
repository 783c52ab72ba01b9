package io.tokenbroker.server.sql;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log when members of the fleet have renewed later than now, by the clock of the node
 * that is asked: then the nodes of a cluster have different times. Members are judged by no clock,
 * but leases end by that of the node by which they are asked about. Used by one thread.
 */
final class NodeClocks {
  private static final Logger log = LoggerFactory.getLogger(NodeClocks.class);

  /** NTP keeps clocks together better than that. */
  private static final Duration TOLERATED = Duration.ofMillis(500);

  private boolean told;

  /**
   * @param ahead how far the newest renewal is in the future; negative if it is in the past
   */
  void compared(Duration ahead) {
    boolean differ = ahead.compareTo(TOLERATED) > 0;
    if (differ && !told) {
      log.atWarn()
          .addKeyValue("ahead", ahead)
          .log(
              "the nodes of the database have different times, or its clock was set back: leases end"
                  + " early or late by as much; keep the clocks together, as by NTP");
    }
    told = differ;
  }
}
