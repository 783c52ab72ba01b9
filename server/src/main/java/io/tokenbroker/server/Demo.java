package io.tokenbroker.server;

import io.tokenbroker.server.config.ListenAddress;
import io.tokenbroker.server.config.SocketPath;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.TokenStore;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.stream.IntStream;

/**
 * An account of made-up tokens, and what to try with it.
 *
 * @param tls whether callers have to speak it
 */
record Demo(ListenAddress address, boolean tls) {
  private static final AccountId ACCOUNT = new AccountId("demo");
  private static final int TOKENS = 3;

  /** Adds the account unless it exists. */
  static void addTo(TokenStore store, Instant now) {
    if (store.findAccount(ACCOUNT, now).isEmpty()) {
      store.addTokens(ACCOUNT, IntStream.rangeClosed(1, TOKENS).mapToObj(Demo::token).toList());
    }
  }

  private static NewToken token(int number) {
    return new NewToken(
        new Secret("demo-token-" + number),
        TokenSettings.DEFAULT.withLabel("made up, number " + number));
  }

  void print(PrintWriter out) {
    // as it was started, so that the lines can be pasted; the launcher tells
    String command =
        System.getProperty("tokenbroker.command", "tokenbroker") + " --endpoint " + address;
    String grpcurl =
        tls
            ? "grpcurl -cacert $TOKENBROKER_TLS_CA -cert $TOKENBROKER_TLS_CERT -key"
                + " $TOKENBROKER_TLS_KEY "
            : "grpcurl -plaintext ";
    Object target =
        address instanceof SocketPath socket ? "unix://" + socket.path().toAbsolutePath() : address;
    out.println(
        "The token broker serves on " + address + ". The account \"demo\" has made-up tokens:");
    out.println();
    if (tls) {
      out.println("  export TOKENBROKER_TLS_CA=… TOKENBROKER_TLS_CERT=… TOKENBROKER_TLS_KEY=…");
    }
    out.println("  " + command + " next demo");
    out.println("  " + command + " stream demo --limit 10");
    out.println("  " + command + " tokens list demo");
    out.println("  " + command + " watch demo");
    out.println();
    out.println("  " + grpcurl + target + " list");
    out.println(
        "  "
            + grpcurl
            + "-d '{\"account\": \"demo\"}' "
            + target
            + " tokenbroker.v1.TokenBroker/NextToken");
    out.println();
    out.println("Ctrl-C stops it.");
    out.flush();
  }
}
