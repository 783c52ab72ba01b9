package io.tokenbroker.server.e2e;

import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.channelz.v1.GetServersRequest;

/** What the broker's own debugging service counts; needs the setting {@code channelz}. */
final class Channelz {
  private Channelz() {}

  /** How many calls have reached the broker since it started. */
  static long callsStarted(Caller caller) {
    return ChannelzGrpc.newBlockingStub(caller.channel())
        .getServers(GetServersRequest.getDefaultInstance())
        .getServer(0)
        .getData()
        .getCallsStarted();
  }
}
