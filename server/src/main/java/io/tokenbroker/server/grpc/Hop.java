package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.tokenbroker.server.security.Caller;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Whose call a peer hands on: it has let the caller in, and found it allowed.
 *
 * @param origin where the caller is, as the peer saw it
 */
record Hop(Caller caller, Origin origin) {
  /** Shows that the call comes from a peer: what only members can read. */
  static final Metadata.Key<String> KEY = ascii("tokenbroker-peer-key");

  static final Metadata.Key<String> CALLER = ascii("tokenbroker-peer-caller");

  /** How many turns a stream that goes on has been asked for and not given; absent at first. */
  static final Metadata.Key<String> DEMAND = ascii("tokenbroker-demand");

  /** Of a call that does not share a message with others: which of the peer's callers made it. */
  static final Metadata.Key<String> CONNECTION = ascii("tokenbroker-connection");

  /** In trailers: who owns the account, as it advertises itself. */
  static final Metadata.Key<String> OWNER = ascii("tokenbroker-owner");

  /** In trailers: the owner that could not be reached, so that another broker has answered. */
  static final Metadata.Key<String> SPLIT = ascii("tokenbroker-split");

  /** Of a stream that brings calls of others. */
  static final Hop OF_A_BROKER = new Hop(Caller.ANONYMOUS, Origin.UNKNOWN);

  private static final Metadata.Key<String> AUTHORIZATION = ascii("authorization");

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /**
   * The headers of a call that is handed on: those that it came with, less what shows who calls,
   * for which the owner takes this broker's word.
   */
  static Metadata onward(Metadata headers) {
    Metadata onward = new Metadata();
    onward.merge(headers);
    onward.discardAll(AUTHORIZATION);
    onward.discardAll(DEMAND);
    onward.discardAll(CONNECTION);
    return onward;
  }

  /** What shows that a call comes from a peer, and whose it is. */
  static void put(Metadata headers, String key, String caller) {
    headers.put(KEY, key);
    headers.put(CALLER, caller);
  }

  /** For {@link #parse}. */
  String text() {
    return caller.kind() + ";" + encoded(caller.name()) + ";" + encoded(origin.from());
  }

  /**
   * @throws IllegalArgumentException if it is no such text
   */
  static Hop parse(String text) {
    String[] parts = text.split(";", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("not a caller");
    }
    return new Hop(
        new Caller(Caller.Kind.valueOf(parts[0]), decoded(parts[1])),
        new Origin(decoded(parts[2])));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
