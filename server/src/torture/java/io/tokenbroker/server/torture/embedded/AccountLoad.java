package io.tokenbroker.server.torture.embedded;

import com.google.protobuf.FieldMask;
import io.grpc.ManagedChannel;
import io.tokenbroker.server.torture.embedded.Answer.Kind;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResponse;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.UpdateAccountRequest;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Adds, changes and removes tokens of an account, its settings, and the account. */
final class AccountLoad extends Load {
  private static final int MAX_TOKENS = 60;
  private static final int MAX_POSSIBLE = 4;
  private static final FieldMask ALL_FIELDS =
      FieldMask.newBuilder()
          .addAllPaths(List.of("label", "weight", "enabled", "expire_time", "limits"))
          .build();

  private final Possible possible = new Possible();
  private final Map<Integer, String> ids = new HashMap<>();
  private final Set<String> usedIds = new HashSet<>();

  /** When its quarantine was acknowledged, by the number of the token. */
  private final Map<Integer, Long> quarantined = new HashMap<>();

  private final TurnNumbers turns = new TurnNumbers();
  private int newestNumber;
  private int newestVersion;

  AccountLoad(String account, long seed, Findings findings) {
    super(account, seed, findings);
  }

  @Override
  boolean isUnsure() {
    return possible.size() > MAX_POSSIBLE;
  }

  @Override
  Kind step(Calls calls) {
    List<Integer> certain = new ArrayList<>(possible.certain());
    certain.retainAll(ids.keySet());
    Collections.shuffle(certain, random);
    int dice = certain.isEmpty() ? 0 : random.nextInt(100);
    if (dice < 25) {
      return certain.size() < MAX_TOKENS ? add(calls) : remove(calls, certain);
    } else if (dice < 55) {
      return update(calls, certain.get(0));
    } else if (dice < 68) {
      return remove(calls, certain);
    } else if (dice < 69) {
      return deleteAccount(calls);
    } else if (dice < 76) {
      return updateSettings(calls);
    } else if (dice < 82) {
      return quarantined.size() * 3 < certain.size()
          ? quarantine(calls, certain.get(0))
          : turn(calls);
    }
    return turn(calls);
  }

  /** Takes note of how a change went. */
  private Kind changed(String kind, Answer<?> answer, UnaryOperator<AccountModel> change) {
    switch (answer.kind()) {
      case ACKNOWLEDGED -> possible.did(change);
      case UNKNOWN, OPEN -> possible.mayHaveDone(change);
      case REFUSED -> {
        if (!answer.reason().startsWith("TOO_MANY")) {
          findings.lost(kind, account + ": refused because of " + answer.reason());
        }
      }
    }
    return count(kind, answer);
  }

  private Kind add(Calls calls) {
    Map<Integer, Integer> added = new HashMap<>();
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    List<Integer> numbers = new ArrayList<>();
    int count = 1 + random.nextInt(20);
    for (int i = 0; i < count; i++) {
      int number = ++newestNumber;
      numbers.add(number);
      added.put(number, ++newestVersion);
      request.addTokens(Versions.added(account, number, newestVersion));
    }
    Answer<AddTokensResponse> answer =
        Answer.to(() -> calls.admin().addTokens(request.build()), findings);
    if (answer.acknowledged()) {
      for (int i = 0; i < count; i++) {
        learn(numbers.get(i), answer.get().getResults(i).getToken().getTokenId());
        if (answer.get().getResults(i).getAlreadyExisted()) {
          findings.returned("removed tokens", account + " already had " + numbers.get(i));
        }
      }
    }
    return changed("AddTokens", answer, state -> state.with(added));
  }

  private void learn(int number, String id) {
    String before = ids.put(number, id);
    if (before == null ? !usedIds.add(id) : !before.equals(id)) {
      findings.other("ids used again", "%s token %d has id %s".formatted(account, number, id));
    }
  }

  private String id(int number) {
    return ids.getOrDefault(number, "0");
  }

  private Kind update(Calls calls, int number) {
    int version = ++newestVersion;
    UpdateTokenRequest request =
        UpdateTokenRequest.newBuilder()
            .setAccount(account)
            .setToken(Versions.token(number, version).toBuilder().setTokenId(id(number)))
            .setUpdateMask(ALL_FIELDS)
            .build();
    return changed(
        "UpdateToken",
        Answer.to(() -> calls.admin().updateToken(request), findings),
        state -> state.tokens().containsKey(number) ? state.with(Map.of(number, version)) : state);
  }

  private Kind remove(Calls calls, List<Integer> certain) {
    List<Integer> numbers = certain.subList(0, Math.min(certain.size(), 1 + random.nextInt(6)));
    RemoveTokensRequest request =
        RemoveTokensRequest.newBuilder()
            .setAccount(account)
            .addAllTokenIds(numbers.stream().map(this::id).toList())
            .build();
    return changed(
        "RemoveTokens",
        Answer.to(() -> calls.admin().removeTokens(request), findings),
        state -> state.without(numbers));
  }

  private Kind deleteAccount(Calls calls) {
    turns.restart();
    DeleteAccountRequest request = DeleteAccountRequest.newBuilder().setAccount(account).build();
    return changed(
        "DeleteAccount",
        Answer.to(() -> calls.admin().deleteAccount(request), findings),
        state -> AccountModel.EMPTY);
  }

  /** One field of them: several are several transactions. */
  private Kind updateSettings(Calls calls) {
    int version = ++newestVersion;
    boolean limits = random.nextBoolean();
    AccountSettings.Builder settings = AccountSettings.newBuilder();
    if (limits) {
      settings.setTokenLimits(Versions.limits(version));
    } else {
      settings.setLeases(Versions.policy(version));
    }
    UpdateAccountRequest request =
        UpdateAccountRequest.newBuilder()
            .setAccount(account)
            .setSettings(settings)
            .setUpdateMask(FieldMask.newBuilder().addPaths(limits ? "token_limits" : "leases"))
            .build();
    return changed(
        "UpdateAccount",
        Answer.to(() -> calls.admin().updateAccount(request), findings),
        state -> limits ? state.withLimits(version) : state.withPolicy(version));
  }

  private Kind quarantine(Calls calls, int number) {
    ReportOutcomeRequest request =
        ReportOutcomeRequest.newBuilder()
            .setAccount(account)
            .setTokenId(id(number))
            .setReport(Report.newBuilder().setOutcome(Outcome.OUTCOME_UNAUTHORIZED))
            .build();
    Answer<?> answer = Answer.to(() -> calls.data().reportOutcome(request), findings);
    if (answer.acknowledged()) {
      quarantined.putIfAbsent(number, System.nanoTime());
      findings.acknowledged("ReportOutcome");
    }
    return answer.kind();
  }

  private Kind turn(Calls calls) {
    Answer<Turn> answer = Answer.to(() -> calls.nextToken(account), findings);
    if (answer.acknowledged()) {
      turns.handedOut(answer.get().getNumber());
      checkSecret(answer.get());
      findings.acknowledged("NextToken");
    } else if (answer.kind() == Kind.OPEN) {
      turns.mayHaveBeenHandedOut();
    }
    return answer.kind();
  }

  private void checkSecret(Turn turn) {
    int number = Versions.numberOf(turn.getLabel());
    if (!turn.getSecret().equals(Versions.secret(account, number))
        || !turn.getTokenId().equals(ids.getOrDefault(number, turn.getTokenId()))) {
      findings.other("wrong secrets", "%s token %d".formatted(account, number));
    }
  }

  @Override
  boolean compare(ManagedChannel channel) {
    return compare(new Calls(channel), false);
  }

  private boolean compare(Calls calls, boolean restarted) {
    Answer<StoredAccount> answer =
        Answer.to(() -> StoredAccount.read(calls, account, findings), findings);
    if (!answer.acknowledged()) {
      return false;
    }
    StoredAccount actual = answer.get();
    possible.check(account, actual.model(), actual.hasSettings(), findings);
    actual.ids().forEach(this::learn);
    ids.keySet().retainAll(actual.ids().keySet());
    quarantined.keySet().retainAll(actual.ids().keySet());
    if (restarted) {
      actual.checkQuarantines(quarantined.keySet(), findings);
    }
    return true;
  }

  @Override
  boolean compareAfterRestart(ManagedChannel channel, long savedBefore) {
    Calls calls = new Calls(channel);
    quarantined.values().removeIf(since -> since - savedBefore > 0);
    turns.crashed(savedBefore);
    if (!compare(calls, true)) {
      return false;
    }
    // found in the store, it stays there
    quarantined.replaceAll((number, since) -> savedBefore);
    Answer<Turn> first = Answer.to(() -> calls.nextToken(account), findings);
    if (first.acknowledged()) {
      turns.checkFirst(account, first.get().getNumber(), findings);
      turns.handedOut(first.get().getNumber());
      checkSecret(first.get());
    }
    return first.acknowledged() || first.kind() == Kind.REFUSED;
  }
}
