package io.tokenbroker.client.fake;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResponse;
import io.tokenbroker.v1.AddTokensResult;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.DeleteAccountResponse;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.GetAccountResponse;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.ListAccountsResponse;
import io.tokenbroker.v1.ListLeasesRequest;
import io.tokenbroker.v1.ListLeasesResponse;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.ListTokensResponse;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.RefreshAccountRequest;
import io.tokenbroker.v1.RefreshAccountResponse;
import io.tokenbroker.v1.ReloadConfigurationRequest;
import io.tokenbroker.v1.ReloadConfigurationResponse;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.RemoveTokensResponse;
import io.tokenbroker.v1.ResetTokenRequest;
import io.tokenbroker.v1.ResetTokenResponse;
import io.tokenbroker.v1.RevokeLeaseRequest;
import io.tokenbroker.v1.RevokeLeaseResponse;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.UpdateAccountRequest;
import io.tokenbroker.v1.UpdateAccountResponse;
import io.tokenbroker.v1.UpdateTokenRequest;
import io.tokenbroker.v1.UpdateTokenResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The control plane: tokens in a map. It hands pages of at most two, to have several. */
public final class FakeAdmin extends TokenBrokerAdminGrpc.TokenBrokerAdminImplBase {
  private static final int PAGE = 2;

  public final AtomicInteger calls = new AtomicInteger();

  /** The AddTokens requests as they came. */
  public final List<AddTokensRequest> adds = new ArrayList<>();

  /** Account, then secret. */
  public final Map<String, Map<String, Token>> accounts = new TreeMap<>();

  /** What UpdateAccount has set, by account. */
  public final Map<String, AccountSettings> settings = new TreeMap<>();

  /** What was reset. */
  public final List<ResetTokenRequest> resets = new ArrayList<>();

  /** What ReloadConfiguration answers. */
  public final AtomicReference<ReloadConfigurationResponse> reload =
      new AtomicReference<>(ReloadConfigurationResponse.getDefaultInstance());

  private final AtomicInteger successes = new AtomicInteger();
  private final Queue<StatusRuntimeException> failures = new ConcurrentLinkedQueue<>();

  private final FakeLeases leases;

  FakeAdmin(FakeLeases leases) {
    this.leases = leases;
  }

  @Override
  public void listLeases(ListLeasesRequest request, StreamObserver<ListLeasesResponse> answer) {
    if (!accept(answer)) {
      return;
    }
    List<Lease> all =
        leases.standing().stream()
            .filter(
                lease ->
                    request.getAccount().isEmpty()
                        || lease.getAccount().equals(request.getAccount()))
            .map(lease -> lease.toBuilder().clearSecret().build())
            .toList();
    int from = from(request.getPageToken());
    int to = Math.min(from + PAGE, all.size());
    answer.onNext(
        ListLeasesResponse.newBuilder()
            .addAllLeases(all.subList(from, to))
            .setNextPageToken(to < all.size() ? Integer.toString(to) : "")
            .build());
    answer.onCompleted();
  }

  @Override
  public void revokeLease(RevokeLeaseRequest request, StreamObserver<RevokeLeaseResponse> answer) {
    if (!accept(answer)) {
      return;
    }
    if (leases.standing().stream()
        .noneMatch(lease -> lease.getLeaseId().equals(request.getLeaseId()))) {
      answer.onError(FakeLeases.unknown());
      return;
    }
    leases.revoke(request.getLeaseId());
    answer.onNext(RevokeLeaseResponse.getDefaultInstance());
    answer.onCompleted();
  }

  /** The next calls fail, one with each of these. */
  public void failNext(StatusRuntimeException... errors) {
    failures.addAll(List.of(errors));
  }

  /** So many calls succeed before the next one fails. */
  public void failAfter(int successes, StatusRuntimeException error) {
    this.successes.set(successes);
    failures.add(error);
  }

  @Override
  public synchronized void addTokens(
      AddTokensRequest request, StreamObserver<AddTokensResponse> answer) {
    if (!accept(answer)) {
      return;
    }
    adds.add(request);
    Map<String, Token> tokens =
        accounts.computeIfAbsent(request.getAccount(), account -> new LinkedHashMap<>());
    AddTokensResponse.Builder response = AddTokensResponse.newBuilder();
    for (NewToken added : request.getTokensList()) {
      boolean known = tokens.containsKey(added.getSecret());
      Token token =
          tokens.computeIfAbsent(
              added.getSecret(), secret -> stored(added, Integer.toString(tokens.size() + 1)));
      response.addResults(AddTokensResult.newBuilder().setToken(token).setAlreadyExisted(known));
    }
    answer.onNext(response.build());
    answer.onCompleted();
  }

  @Override
  public synchronized void listTokens(
      ListTokensRequest request, StreamObserver<ListTokensResponse> answer) {
    if (!accept(answer) || !exists(request.getAccount(), answer)) {
      return;
    }
    List<Token> all = List.copyOf(tokens(request.getAccount()).values());
    int from = from(request.getPageToken());
    int to = Math.min(from + PAGE, all.size());
    answer.onNext(
        ListTokensResponse.newBuilder()
            .addAllTokens(all.subList(from, to))
            .setNextPageToken(to < all.size() ? Integer.toString(to) : "")
            .build());
    answer.onCompleted();
  }

  @Override
  public synchronized void listAccounts(
      ListAccountsRequest request, StreamObserver<ListAccountsResponse> answer) {
    if (!accept(answer)) {
      return;
    }
    List<String> names = List.copyOf(accounts.keySet());
    int from = from(request.getPageToken());
    int to = Math.min(from + PAGE, names.size());
    answer.onNext(
        ListAccountsResponse.newBuilder()
            .addAllAccounts(names.subList(from, to).stream().map(this::describe).toList())
            .setNextPageToken(to < names.size() ? Integer.toString(to) : "")
            .build());
    answer.onCompleted();
  }

  @Override
  public synchronized void getAccount(
      GetAccountRequest request, StreamObserver<GetAccountResponse> answer) {
    if (accept(answer) && exists(request.getAccount(), answer)) {
      answer.onNext(
          GetAccountResponse.newBuilder().setAccount(describe(request.getAccount())).build());
      answer.onCompleted();
    }
  }

  @Override
  public synchronized void refreshAccount(
      RefreshAccountRequest request, StreamObserver<RefreshAccountResponse> answer) {
    if (accept(answer) && exists(request.getAccount(), answer)) {
      answer.onNext(
          RefreshAccountResponse.newBuilder().setAccount(describe(request.getAccount())).build());
      answer.onCompleted();
    }
  }

  @Override
  public synchronized void deleteAccount(
      DeleteAccountRequest request, StreamObserver<DeleteAccountResponse> answer) {
    if (accept(answer) && exists(request.getAccount(), answer)) {
      int removed = tokens(request.getAccount()).size();
      accounts.remove(request.getAccount());
      answer.onNext(DeleteAccountResponse.newBuilder().setRemovedTokenCount(removed).build());
      answer.onCompleted();
    }
  }

  @Override
  public synchronized void updateToken(
      UpdateTokenRequest request, StreamObserver<UpdateTokenResponse> answer) {
    if (!accept(answer) || !exists(request.getAccount(), answer)) {
      return;
    }
    for (Map.Entry<String, Token> entry : tokens(request.getAccount()).entrySet()) {
      if (entry.getValue().getTokenId().equals(request.getToken().getTokenId())) {
        entry.setValue(updated(entry.getValue(), request));
        answer.onNext(UpdateTokenResponse.newBuilder().setToken(entry.getValue()).build());
        answer.onCompleted();
        return;
      }
    }
    answer.onError(Errors.of(Code.NOT_FOUND, "TOKEN_DOES_NOT_EXIST", "No such token."));
  }

  @Override
  public synchronized void updateAccount(
      UpdateAccountRequest request, StreamObserver<UpdateAccountResponse> answer) {
    if (!accept(answer)) {
      return;
    }
    AccountSettings.Builder changed = settings(request.getAccount()).toBuilder();
    for (String path : request.getUpdateMask().getPathsList()) {
      FieldDescriptor field = AccountSettings.getDescriptor().findFieldByName(path);
      changed.clearField(field);
      if (request.getSettings().hasField(field)) {
        changed.setField(field, request.getSettings().getField(field));
      }
    }
    settings.put(request.getAccount(), changed.build());
    answer.onNext(UpdateAccountResponse.newBuilder().setSettings(changed).build());
    answer.onCompleted();
  }

  @Override
  public synchronized void resetToken(
      ResetTokenRequest request, StreamObserver<ResetTokenResponse> answer) {
    if (accept(answer)) {
      resets.add(request);
      answer.onNext(
          ResetTokenResponse.newBuilder()
              .setToken(Token.newBuilder().setTokenId(request.getTokenId()).setWeight(1))
              .build());
      answer.onCompleted();
    }
  }

  @Override
  public synchronized void removeTokens(
      RemoveTokensRequest request, StreamObserver<RemoveTokensResponse> answer) {
    if (accept(answer) && exists(request.getAccount(), answer)) {
      tokens(request.getAccount())
          .values()
          .removeIf(token -> request.getTokenIdsList().contains(token.getTokenId()));
      answer.onNext(RemoveTokensResponse.getDefaultInstance());
      answer.onCompleted();
    }
  }

  @Override
  public void reloadConfiguration(
      ReloadConfigurationRequest request, StreamObserver<ReloadConfigurationResponse> answer) {
    if (accept(answer)) {
      answer.onNext(reload.get());
      answer.onCompleted();
    }
  }

  private static Token stored(NewToken added, String id) {
    Token.Builder token =
        Token.newBuilder()
            .setTokenId(id)
            .setLabel(added.getLabel())
            .setWeight(added.getWeight() == 0 ? 1 : added.getWeight())
            .setEnabled(!added.hasEnabled() || added.getEnabled());
    if (added.hasExpireTime()) {
      token.setExpireTime(added.getExpireTime());
    }
    return benched(token);
  }

  private static Token updated(Token old, UpdateTokenRequest request) {
    Token.Builder token = old.toBuilder();
    for (String path : request.getUpdateMask().getPathsList()) {
      FieldDescriptor field = Token.getDescriptor().findFieldByName(path);
      if (field.hasPresence() && !request.getToken().hasField(field)) {
        token.clearField(field);
      } else {
        token.setField(field, request.getToken().getField(field));
      }
    }
    return benched(token);
  }

  private static Token benched(Token.Builder token) {
    return token
        .setBenchReason(
            token.getEnabled()
                ? BenchReason.BENCH_REASON_UNSPECIFIED
                : BenchReason.BENCH_REASON_DISABLED)
        .build();
  }

  private Account describe(String account) {
    int count = tokens(account).size();
    return Account.newBuilder()
        .setAccount(account)
        .setTokenCount(count)
        .setReadyCount(count)
        .setLoaded(true)
        .setTurn(7)
        .setSettings(settings(account))
        .build();
  }

  private AccountSettings settings(String account) {
    return settings.getOrDefault(account, AccountSettings.getDefaultInstance());
  }

  private Map<String, Token> tokens(String account) {
    return accounts.getOrDefault(account, Map.of());
  }

  private boolean exists(String account, StreamObserver<?> answer) {
    if (accounts.containsKey(account)) {
      return true;
    }
    answer.onError(Errors.noCredentials(account));
    return false;
  }

  private boolean accept(StreamObserver<?> answer) {
    calls.incrementAndGet();
    StatusRuntimeException failure = successes.getAndDecrement() > 0 ? null : failures.poll();
    if (failure != null) {
      answer.onError(failure);
    }
    return failure == null;
  }

  private static int from(String pageToken) {
    return pageToken.isEmpty() ? 0 : Integer.parseInt(pageToken);
  }
}
