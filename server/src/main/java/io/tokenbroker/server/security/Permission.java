package io.tokenbroker.server.security;

import java.util.Arrays;
import java.util.Optional;

/** What a policy may allow, each for some accounts. */
public enum Permission {
  /** One turn or several: NextToken and NextTokens. */
  NEXT("next"),
  /** Streams of turns. */
  STREAM("stream"),
  /** Leases and streams of them, with what is reported at their ends. */
  LEASE("lease"),
  /** Outcomes of turns. */
  REPORT("report"),
  /** The state of accounts as it changes. */
  WATCH("watch"),
  /** What the control plane tells; never a secret. */
  ADMIN_READ("admin.read"),
  /** What the control plane changes. */
  ADMIN_WRITE("admin.write"),
  /** Server reflection and channelz. */
  DEBUG("debug"),
  /** What the HTTP port tells of the broker as a whole at /metrics; names accounts. */
  METRICS("metrics");

  private final String text;

  Permission(String text) {
    this.text = text;
  }

  /** As policies have it. */
  public String text() {
    return text;
  }

  int bit() {
    return 1 << ordinal();
  }

  public static Optional<Permission> of(String text) {
    return Arrays.stream(values()).filter(one -> one.text.equals(text)).findFirst();
  }

  @Override
  public String toString() {
    return text;
  }
}
