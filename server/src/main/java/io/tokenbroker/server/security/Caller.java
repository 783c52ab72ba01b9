package io.tokenbroker.server.security;

import io.grpc.Context;

/**
 * Who makes a call.
 *
 * @param kind how that is known
 * @param name as a policy writes it: {@code local}; a certificate's {@code spiffe://…} or other
 *     URI, {@code dns:…} or {@code cn:…}; {@code key:…} for a key of the broker's own, {@code
 *     jwt:…} for the subject of a JWT, {@code uid:…} for the user at the other end of a Unix socket
 */
public record Caller(Kind kind, String name) {
  /** Everyone, where nobody is asked who they are. */
  public static final Caller LOCAL = new Caller(Kind.LOCAL, "local");

  /** Whoever asks for what needs no identity: the broker's health. */
  public static final Caller ANONYMOUS = new Caller(Kind.ANONYMOUS, "anonymous");

  /** Set for all calls by their server before they begin. */
  public static final Context.Key<Identified> KEY = Context.key("caller");

  /** How it is known who calls. */
  public enum Kind {
    LOCAL,
    ANONYMOUS,
    CERTIFICATE,
    KEY,
    JWT,
    UNIX
  }

  /**
   * The caller of the call that this thread works on.
   *
   * @throws IllegalStateException if it works on none
   */
  public static Caller current() {
    Identified call = KEY.get();
    if (call == null) {
      throw new IllegalStateException("there is no call");
    }
    return call.caller();
  }

  /**
   * Whose leases are this caller's; empty where nobody is asked who calls, and all are everyone's.
   */
  public String owner() {
    return kind == Kind.LOCAL ? "" : name;
  }

  /** A call whose caller is known from before its request is read. */
  public interface Identified {
    Caller caller();
  }

  @Override
  public String toString() {
    return name;
  }
}
