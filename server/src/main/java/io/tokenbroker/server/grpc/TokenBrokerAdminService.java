package io.tokenbroker.server.grpc;

import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.account.Accounts;
import io.tokenbroker.server.account.Outcomes;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResponse;
import io.tokenbroker.v1.AddTokensResult;
import io.tokenbroker.v1.CheckPermissionRequest;
import io.tokenbroker.v1.CheckPermissionResponse;
import io.tokenbroker.v1.CreateCallerKeyRequest;
import io.tokenbroker.v1.CreateCallerKeyResponse;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.DeleteAccountResponse;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.GetAccountResponse;
import io.tokenbroker.v1.GetFleetRequest;
import io.tokenbroker.v1.GetFleetResponse;
import io.tokenbroker.v1.GetPolicyRequest;
import io.tokenbroker.v1.GetPolicyResponse;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.ListAccountsResponse;
import io.tokenbroker.v1.ListCallerKeysRequest;
import io.tokenbroker.v1.ListCallerKeysResponse;
import io.tokenbroker.v1.ListLeasesRequest;
import io.tokenbroker.v1.ListLeasesResponse;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.ListTokensResponse;
import io.tokenbroker.v1.RefreshAccountRequest;
import io.tokenbroker.v1.RefreshAccountResponse;
import io.tokenbroker.v1.ReloadConfigurationRequest;
import io.tokenbroker.v1.ReloadConfigurationResponse;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.RemoveTokensResponse;
import io.tokenbroker.v1.ResetTokenRequest;
import io.tokenbroker.v1.ResetTokenResponse;
import io.tokenbroker.v1.RevokeCallerKeysRequest;
import io.tokenbroker.v1.RevokeCallerKeysResponse;
import io.tokenbroker.v1.RevokeLeaseRequest;
import io.tokenbroker.v1.RevokeLeaseResponse;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.UpdateAccountRequest;
import io.tokenbroker.v1.UpdateAccountResponse;
import io.tokenbroker.v1.UpdateCallerKeyRequest;
import io.tokenbroker.v1.UpdateCallerKeyResponse;
import io.tokenbroker.v1.UpdateTokenRequest;
import io.tokenbroker.v1.UpdateTokenResponse;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The control plane. Runs on event loops and never blocks. */
public final class TokenBrokerAdminService extends TokenBrokerAdminGrpc.TokenBrokerAdminImplBase {
  private final Accounts accounts;
  private final Outcomes outcomes;
  private final InstantSource clock;
  private final LeaseAdminCalls leases;
  private final CallerAdminCalls callers;
  private final ReloadCalls reloads;
  private final FleetAdminCalls fleet;

  public TokenBrokerAdminService(
      Accounts accounts,
      Outcomes outcomes,
      LeaseAdminCalls leases,
      CallerAdminCalls callers,
      ReloadCalls reloads,
      FleetAdminCalls fleet,
      InstantSource clock) {
    this.leases = leases;
    this.callers = callers;
    this.reloads = reloads;
    this.fleet = fleet;
    this.accounts = accounts;
    this.outcomes = outcomes;
    this.clock = clock;
  }

  @Override
  public void listAccounts(
      ListAccountsRequest request, StreamObserver<ListAccountsResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          Optional<AccountId> after = Fields.pageToken(request.getPageToken(), AccountId::new);
          return accounts.list(after, Fields.pageSize(request.getPageSize()));
        },
        page -> {
          ListAccountsResponse.Builder response = ListAccountsResponse.newBuilder();
          page.items().forEach(account -> response.addAccounts(AccountMapper.account(account)));
          page.last().ifPresent(a -> response.setNextPageToken(Fields.pageToken(a.id().value())));
          return response.build();
        });
  }

  @Override
  public void getAccount(GetAccountRequest request, StreamObserver<GetAccountResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> accounts.get(Fields.account(request.getAccount())),
        account ->
            GetAccountResponse.newBuilder().setAccount(AccountMapper.account(account)).build());
  }

  @Override
  public void deleteAccount(
      DeleteAccountRequest request, StreamObserver<DeleteAccountResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> accounts.delete(Fields.account(request.getAccount())),
        removed -> DeleteAccountResponse.newBuilder().setRemovedTokenCount(removed).build());
  }

  @Override
  public void addTokens(AddTokensRequest request, StreamObserver<AddTokensResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          List<NewToken> tokens = TokenMapper.newTokens(request.getTokensList());
          return accounts.addTokens(account, tokens);
        },
        added -> {
          AddTokensResponse.Builder response = AddTokensResponse.newBuilder();
          added.forEach(
              token ->
                  response.addResults(
                      AddTokensResult.newBuilder()
                          .setToken(message(token.token()))
                          .setAlreadyExisted(token.alreadyExisted())));
          return response.build();
        });
  }

  @Override
  public void listTokens(ListTokensRequest request, StreamObserver<ListTokensResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          Optional<TokenId> after = Fields.pageToken(request.getPageToken(), TokenId::new);
          return accounts.listTokens(account, after, Fields.pageSize(request.getPageSize()));
        },
        page -> {
          ListTokensResponse.Builder response = ListTokensResponse.newBuilder();
          page.items().forEach(token -> response.addTokens(TokenMapper.token(token)));
          page.last()
              .ifPresent(t -> response.setNextPageToken(Fields.pageToken(t.token().id().value())));
          return response.build();
        });
  }

  @Override
  public void updateToken(
      UpdateTokenRequest request, StreamObserver<UpdateTokenResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          TokenId token = Fields.tokenId("token.token_id", request.getToken().getTokenId());
          return accounts.updateToken(account, token, TokenMapper.change(request));
        },
        token -> UpdateTokenResponse.newBuilder().setToken(TokenMapper.token(token)).build());
  }

  @Override
  public void removeTokens(
      RemoveTokensRequest request, StreamObserver<RemoveTokensResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          Set<TokenId> tokens = TokenMapper.tokenIds(request.getTokenIdsList());
          return accounts.removeTokens(account, tokens);
        },
        removed -> RemoveTokensResponse.getDefaultInstance());
  }

  @Override
  public void refreshAccount(
      RefreshAccountRequest request, StreamObserver<RefreshAccountResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> accounts.refresh(Fields.account(request.getAccount())),
        account ->
            RefreshAccountResponse.newBuilder().setAccount(AccountMapper.account(account)).build());
  }

  @Override
  public void updateAccount(
      UpdateAccountRequest request, StreamObserver<UpdateAccountResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () ->
            accounts.updateSettings(
                Fields.account(request.getAccount()), AccountMapper.update(request)),
        settings ->
            UpdateAccountResponse.newBuilder()
                .setSettings(AccountMapper.message(settings))
                .build());
  }

  @Override
  public void resetToken(ResetTokenRequest request, StreamObserver<ResetTokenResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () ->
            outcomes.reset(
                Fields.account(request.getAccount()),
                Fields.tokenId("token_id", request.getTokenId())),
        state -> ResetTokenResponse.newBuilder().setToken(TokenMapper.token(state)).build());
  }

  @Override
  public void listLeases(ListLeasesRequest request, StreamObserver<ListLeasesResponse> observer) {
    leases.list(request, observer);
  }

  @Override
  public void revokeLease(
      RevokeLeaseRequest request, StreamObserver<RevokeLeaseResponse> observer) {
    leases.revoke(request, observer);
  }

  @Override
  public void createCallerKey(
      CreateCallerKeyRequest request, StreamObserver<CreateCallerKeyResponse> observer) {
    callers.create(request, observer);
  }

  @Override
  public void listCallerKeys(
      ListCallerKeysRequest request, StreamObserver<ListCallerKeysResponse> observer) {
    callers.list(observer);
  }

  @Override
  public void updateCallerKey(
      UpdateCallerKeyRequest request, StreamObserver<UpdateCallerKeyResponse> observer) {
    callers.update(request, observer);
  }

  @Override
  public void revokeCallerKeys(
      RevokeCallerKeysRequest request, StreamObserver<RevokeCallerKeysResponse> observer) {
    callers.revoke(request, observer);
  }

  @Override
  public void getPolicy(GetPolicyRequest request, StreamObserver<GetPolicyResponse> observer) {
    callers.policy(observer);
  }

  @Override
  public void checkPermission(
      CheckPermissionRequest request, StreamObserver<CheckPermissionResponse> observer) {
    callers.check(request, observer);
  }

  @Override
  public void reloadConfiguration(
      ReloadConfigurationRequest request, StreamObserver<ReloadConfigurationResponse> observer) {
    reloads.reload(observer);
  }

  @Override
  public void getFleet(GetFleetRequest request, StreamObserver<GetFleetResponse> observer) {
    fleet.get(observer);
  }

  private Token message(TokenInfo token) {
    return TokenMapper.token(token, BenchReason.of(token.settings(), clock.instant()));
  }
}
