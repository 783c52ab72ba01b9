package io.tokenbroker.server.grpc;

import java.util.Map;

/**
 * What has become of calls about accounts that other brokers own.
 *
 * @param forwarded handed on to the owner, each try
 * @param lookedAgain an owner was none any more, or could not be reached
 * @param split answered instead of an owner that could not be reached
 * @param forged said to be a peer's and were not
 * @param unreached how often each peer, by its address, could not be called; those of the last hour
 */
public record ForwardCounts(
    long forwarded, long lookedAgain, long split, long forged, Map<String, Long> unreached) {}
