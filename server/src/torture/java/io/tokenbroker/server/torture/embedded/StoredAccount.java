package io.tokenbroker.server.torture.embedded;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.ListTokensResponse;
import io.tokenbroker.v1.Token;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** An account as the broker tells it. */
record StoredAccount(AccountModel model, boolean hasSettings, Map<Integer, Token> tokens) {
  /** Throws StatusRuntimeException if it can't be read. */
  static StoredAccount read(Calls calls, String account, Findings findings) {
    List<Token> tokens = list(calls, account);
    Map<Integer, Token> byNumber = new HashMap<>();
    Map<Integer, Integer> versions = new TreeMap<>();
    for (Token token : tokens) {
      int number = Versions.numberOf(token.getLabel());
      if (!Versions.isWhole(token)) {
        findings.half(account + " has " + token);
      }
      if (byNumber.put(number, token) != null) {
        findings.returned("removed tokens", account + " has twice " + token);
      }
      versions.put(number, Versions.versionOf(token.getLabel()));
    }
    if (tokens.isEmpty()) {
      return new StoredAccount(AccountModel.EMPTY, false, Map.of());
    }
    Account described =
        calls
            .admin()
            .getAccount(GetAccountRequest.newBuilder().setAccount(account).build())
            .getAccount();
    if (described.getTokenCount() != tokens.size()) {
      findings.half(
          "%s has %d tokens, and lists %d"
              .formatted(account, described.getTokenCount(), tokens.size()));
    }
    AccountModel model =
        new AccountModel(
            versions,
            Versions.versionOf(described.getSettings().getTokenLimits()),
            described.getSettings().getLeases().getMaxLeases());
    return new StoredAccount(model, true, byNumber);
  }

  private static List<Token> list(Calls calls, String account) {
    List<Token> tokens = new ArrayList<>();
    String page = "";
    do {
      ListTokensResponse response;
      try {
        response =
            calls
                .admin()
                .listTokens(
                    ListTokensRequest.newBuilder().setAccount(account).setPageToken(page).build());
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() == Code.NOT_FOUND) {
          return tokens;
        }
        throw e;
      }
      tokens.addAll(response.getTokensList());
      page = response.getNextPageToken();
    } while (!page.isEmpty());
    return tokens;
  }

  Map<Integer, String> ids() {
    Map<Integer, String> ids = new HashMap<>();
    tokens.forEach((number, token) -> ids.put(number, token.getTokenId()));
    return ids;
  }

  void checkQuarantines(Set<Integer> quarantined, Findings findings) {
    for (int number : quarantined) {
      Token token = tokens.get(number);
      if (token != null
          && token.getEnabled()
          && token.getBenchReason() != BenchReason.BENCH_REASON_QUARANTINE) {
        findings.lost("quarantines", "of " + token);
      }
    }
  }
}
