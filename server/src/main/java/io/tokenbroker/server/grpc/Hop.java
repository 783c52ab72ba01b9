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

  /** In trailers: who owns the account, as it advertises itself. */
  static final Metadata.Key<String> OWNER = ascii("tokenbroker-owner");

  /** In trailers: the owner that could not be reached, so that another broker has answered. */
  static final Metadata.Key<String> SPLIT = ascii("tokenbroker-split");

  private static final Metadata.Key<String> AUTHORIZATION = ascii("authorization");

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /**
   * The headers of a call that is handed on.
   *
   * @param headers that it came with
   * @param key of the peer
   * @param from where its caller is
   * @param demand {@link InboundCall#AS_ASKED} or what is left of it
   */
  static Metadata onward(Metadata headers, String key, Caller caller, String from, long demand) {
    Metadata onward = new Metadata();
    onward.merge(headers);
    // the owner takes this broker's word for who calls
    onward.discardAll(AUTHORIZATION);
    onward.discardAll(DEMAND);
    onward.put(KEY, key);
    onward.put(CALLER, text(caller, from));
    if (demand != InboundCall.AS_ASKED) {
      onward.put(DEMAND, Long.toString(demand));
    }
    return onward;
  }

  private static String text(Caller caller, String from) {
    return caller.kind() + ";" + encoded(caller.name()) + ";" + encoded(from);
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
