package io.tokenbroker.client.cli;

import io.tokenbroker.client.LeaseOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of what acquires leases. */
final class LeaseTerms {
  @Mixin private final TurnFlags turn = new TurnFlags();

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "How long the lease lasts unless it is renewed. Default: the account's, 30s.")
  @Nullable Duration ttl;

  @Option(
      names = "--holder",
      paramLabel = "NAME",
      description = "Who has the lease, for operators. Default: user@host/process.")
  private @Nullable String holder;

  LeaseOptions options(Remote remote) {
    return new LeaseOptions(holder(), turn.scope, ttl, turn.options(remote).maxWait());
  }

  /** Whether to wait while no token is ready. */
  boolean waits() {
    return turn.wait;
  }

  private String holder() {
    return holder != null ? holder : defaultHolder();
  }

  static String defaultHolder() {
    String name =
        System.getProperty("user.name", "?") + "@" + host() + "/" + ProcessHandle.current().pid();
    return name.length() <= 255 ? name : name.substring(0, 255);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
