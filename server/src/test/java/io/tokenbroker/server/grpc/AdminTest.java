package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import io.grpc.Status.Code;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResult;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.ListAccountsResponse;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.ListTokensResponse;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.RefreshAccountRequest;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdminTest {
  private final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void addedTokensAreHandedOutAtOnce() {
    assertThat(Failure.of(() -> next("acme")).code()).isEqualTo(Code.NOT_FOUND);
    assertThat(add("acme", secret("s1"), secret("s2")))
        .extracting(r -> r.getToken().getTokenId(), AddTokensResult::getAlreadyExisted)
        .containsExactly(tuple("1", false), tuple("2", false));
    assertThat(next("acme")).isEqualTo("s1");
    add("acme", secret("s3"));
    assertThat(List.of(next("acme"), next("acme"), next("acme"))).containsExactly("s2", "s3", "s1");
  }

  @Test
  void addingAgainChangesNothing() {
    add("acme", secret("s1"));
    NewToken again = secret("s1").toBuilder().setLabel("other").setWeight(7).build();
    AddTokensResult result = add("acme", again).get(0);
    assertThat(result.getAlreadyExisted()).isTrue();
    assertThat(result.getToken().getWeight()).isEqualTo(1);
    assertThat(result.getToken().getLabel()).isEmpty();
  }

  @Test
  void addsWithAllSettings() {
    NewToken token =
        NewToken.newBuilder()
            .setSecret("s1")
            .setLabel("mine")
            .setWeight(3)
            .setEnabled(false)
            .setExpireTime(Timestamp.newBuilder().setSeconds(7_000_000_000L))
            .build();
    Token added = add("acme", token).get(0).getToken();
    assertThat(added)
        .isEqualTo(
            Token.newBuilder()
                .setTokenId("1")
                .setLabel("mine")
                .setWeight(3)
                .setEnabled(false)
                .setExpireTime(Timestamp.newBuilder().setSeconds(7_000_000_000L))
                .setBenchReason(BenchReason.BENCH_REASON_DISABLED)
                .build());
  }

  @Test
  void refusesInvalidNewTokensAndAddsNone() {
    NewToken good = secret("good");
    refused("tokens[1].secret", good, secret(""));
    refused("tokens[1].secret", good, secret(" \t\n"));
    refused("tokens[1].secret", good, secret("x".repeat(64 * 1024 + 1)));
    refused("tokens[1].secret", good, secret("é".repeat(32 * 1024 + 1)));
    refused("tokens[1].secret", good, secret("good"));
    refused("tokens[0].weight", good.toBuilder().setWeight(-1).build());
    refused("tokens[0].weight", good.toBuilder().setWeight(101).build());
    refused("tokens[0].label", good.toBuilder().setLabel("x".repeat(256)).build());
    refused("tokens[0].label", good.toBuilder().setLabel("a\nb").build());
    refused("tokens[0].expire_time", good.toBuilder().setExpireTime(seconds(-1)).build());
    refused(
        "tokens[0].expire_time", good.toBuilder().setExpireTime(seconds(253402300800L)).build());
    refused("tokens");
    refused(
        "tokens",
        IntStream.range(0, 1_001).mapToObj(i -> secret("s" + i)).toArray(NewToken[]::new));
    assertThat(broker.store.calls()).isZero();
  }

  @Test
  void neverRepeatsASecretInAnError() {
    String secret = "fake-secret-".repeat(6_000);
    Failure failure = Failure.of(() -> add("acme", secret(secret)));
    assertThat(failure.toString()).doesNotContain("fake-secret");
  }

  @Test
  void takesAThousandTokensAndASecretOf64KiB() {
    add("acme", IntStream.range(0, 1_000).mapToObj(i -> secret("s" + i)).toArray(NewToken[]::new));
    add("acme", secret("x".repeat(64 * 1024)));
    assertThat(account("acme").getTokenCount()).isEqualTo(1_001);
  }

  @Test
  void updatesOnlyWhatTheMaskNames() {
    broker.store.put(
        "acme", "s1", new TokenSettings("old", 5, true, Instant.ofEpochSecond(9_000_000_000L)));
    Token updated = update("1", Token.newBuilder().setLabel("new").setWeight(9), "label");
    assertThat(updated.getLabel()).isEqualTo("new");
    assertThat(updated.getWeight()).isEqualTo(5);
    assertThat(updated.hasExpireTime()).isTrue();
    updated = update("1", Token.newBuilder().setWeight(9), "weight", "expire_time", "enabled");
    assertThat(updated.getWeight()).isEqualTo(9);
    assertThat(updated.hasExpireTime()).isFalse();
    assertThat(updated.getEnabled()).isFalse();
    assertThat(updated.getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_DISABLED);
  }

  @Test
  void anUpdateIsHandedOutAtOnce() {
    broker.store.put("acme", "s1", "s2");
    assertThat(next("acme")).isEqualTo("s1");
    update("2", Token.newBuilder().setEnabled(false), "enabled");
    assertThat(next("acme")).isEqualTo("s1");
    update("2", Token.newBuilder().setEnabled(true), "enabled");
    assertThat(next("acme")).isEqualTo("s2");
  }

  @Test
  void refusesInvalidUpdates() {
    broker.store.put("acme", "s1");
    Token.Builder token = Token.newBuilder();
    invalid("update_mask", () -> update("1", token));
    invalid("update_mask", () -> update("1", token, "label", "secret"));
    invalid("update_mask", () -> update("1", token, "token.label"));
    invalid("update_mask", () -> update("1", token, "*"));
    invalid("token.token_id", () -> update("", token, "label"));
    invalid("token.weight", () -> update("1", token.setWeight(-1), "weight"));
    invalid("token.label", () -> update("1", token.setLabel("x\u0007"), "label"));
    assertThat(broker.store.calls()).isZero();
    Failure failure = Failure.of(() -> update("9", token.setLabel(""), "label"));
    assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(failure.reason()).isEqualTo("TOKEN_DOES_NOT_EXIST");
    assertThat(failure.metadata()).containsEntry("account", "acme").containsEntry("token_id", "9");
  }

  @Test
  void removesAllOrNone() {
    broker.store.put("acme", "s1", "s2", "s3");
    next("acme");
    assertThat(Failure.of(() -> remove("2", "9")).reason()).isEqualTo("TOKEN_DOES_NOT_EXIST");
    assertThat(account("acme").getTokenCount()).isEqualTo(3);
    remove("2");
    assertThat(List.of(next("acme"), next("acme"))).containsExactly("s3", "s1");
    remove("1", "3");
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("CREDENTIALS_DO_NOT_EXIST");
  }

  @Test
  void refusesInvalidRemovals() {
    invalid("token_ids", () -> remove());
    invalid("token_ids[1]", () -> remove("1", "1"));
    invalid("token_ids[0]", () -> remove(""));
    invalid(
        "token_ids",
        () -> remove(IntStream.range(0, 1_001).mapToObj(i -> "" + i).toArray(String[]::new)));
  }

  @Test
  void describesAnAccount() {
    broker.store.put("acme", "s1", "s2");
    broker.store.put("acme", "s3", TokenSettings.DEFAULT.withEnabled(false));
    assertThat(account("acme"))
        .isEqualTo(
            Account.newBuilder()
                .setAccount("acme")
                .setTokenCount(3)
                .setReadyCount(2)
                .setSettings(AccountSettings.getDefaultInstance())
                .build());
    next("acme");
    assertThat(account("acme").getLoaded()).isTrue();
    assertThat(account("acme").getTurn()).isEqualTo(1);
    // what the report has benched is not ready, as ListTokens says too
    var unused =
        broker
            .data()
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount("acme")
                    .setTokenId("1")
                    .setReport(Report.newBuilder().setOutcome(Outcome.OUTCOME_UNAUTHORIZED))
                    .build());
    assertThat(account("acme").getReadyCount()).isEqualTo(1);
    assertThat(Failure.of(() -> account("other")).reason()).isEqualTo("CREDENTIALS_DO_NOT_EXIST");
  }

  @Test
  void listsAccountsInPages() {
    IntStream.range(0, 25).forEach(i -> broker.store.put("account-%02d".formatted(i), "s" + i));
    List<String> names = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    String pageToken = "";
    do {
      ListAccountsResponse page =
          broker
              .admin()
              .listAccounts(
                  ListAccountsRequest.newBuilder().setPageSize(10).setPageToken(pageToken).build());
      page.getAccountsList().forEach(a -> names.add(a.getAccount()));
      sizes.add(page.getAccountsCount());
      pageToken = page.getNextPageToken();
    } while (!pageToken.isEmpty());
    assertThat(sizes).containsExactly(10, 10, 5);
    assertThat(names).hasSize(25).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void listsTokensInPagesWithoutSecrets() {
    IntStream.range(0, 20).forEach(i -> broker.store.put("acme", "fake-secret-" + i));
    ListTokensResponse first = tokens("acme", 10, "");
    ListTokensResponse second = tokens("acme", 10, first.getNextPageToken());
    assertThat(first.getTokensList()).extracting(Token::getTokenId).startsWith("1").endsWith("10");
    assertThat(second.getTokensList())
        .extracting(Token::getTokenId)
        .startsWith("11")
        .endsWith("20");
    assertThat(second.getNextPageToken()).isEmpty();
    assertThat(first.toString()).doesNotContain("fake-secret");
    assertThat(tokens("acme", 0, "").getTokensCount()).isEqualTo(20);
    assertThat(Failure.of(() -> tokens("other", 0, "")).code()).isEqualTo(Code.NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1_001})
  void refusesInvalidPageSizes(int size) {
    invalid("page_size", () -> tokens("acme", size, ""));
    invalid(
        "page_size",
        () ->
            broker
                .admin()
                .listAccounts(ListAccountsRequest.newBuilder().setPageSize(size).build()));
  }

  @Test
  void refusesPageTokensThatItDidNotMake() {
    invalid("page_token", () -> tokens("acme", 10, "***"));
    invalid("page_token", () -> tokens("acme", 10, "Cg"));
  }

  @Test
  void deletesAnAccount() {
    broker.store.put("acme", "s1", "s2");
    next("acme");
    DeleteAccountRequest request = DeleteAccountRequest.newBuilder().setAccount("acme").build();
    assertThat(broker.admin().deleteAccount(request).getRemovedTokenCount()).isEqualTo(2);
    assertThat(Failure.of(() -> next("acme")).reason()).isEqualTo("CREDENTIALS_DO_NOT_EXIST");
    assertThat(Failure.of(() -> broker.admin().deleteAccount(request)).code())
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void refreshesWithoutLosingThePosition() {
    broker.store.put("acme", "s1", "s2", "s3");
    next("acme");
    broker.store.put("acme", "s4");
    RefreshAccountRequest request = RefreshAccountRequest.newBuilder().setAccount("acme").build();
    Account account = broker.admin().refreshAccount(request).getAccount();
    assertThat(account.getTokenCount()).isEqualTo(4);
    assertThat(account.getTurn()).isEqualTo(1);
    assertThat(List.of(next("acme"), next("acme"), next("acme"))).containsExactly("s2", "s3", "s4");
    RefreshAccountRequest unknown = RefreshAccountRequest.newBuilder().setAccount("x").build();
    assertThat(Failure.of(() -> broker.admin().refreshAccount(unknown)).reason())
        .isEqualTo("CREDENTIALS_DO_NOT_EXIST");
  }

  private void refused(String field, NewToken... tokens) {
    invalid(field, () -> add("acme", tokens));
  }

  private static void invalid(String field, ThrowingCallable call) {
    Failure failure = Failure.of(call);
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    assertThat(failure.field()).isEqualTo(field);
    assertThat(failure.message()).startsWith(field + " ").endsWith(".");
  }

  private List<AddTokensResult> add(String account, NewToken... tokens) {
    return broker
        .admin()
        .addTokens(
            AddTokensRequest.newBuilder().setAccount(account).addAllTokens(List.of(tokens)).build())
        .getResultsList();
  }

  private static NewToken secret(String secret) {
    return NewToken.newBuilder().setSecret(secret).build();
  }

  private static Timestamp seconds(long seconds) {
    return Timestamp.newBuilder().setSeconds(seconds).build();
  }

  private Token update(String id, Token.Builder values, String... mask) {
    return broker
        .admin()
        .updateToken(
            UpdateTokenRequest.newBuilder()
                .setAccount("acme")
                .setToken(values.setTokenId(id))
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(mask)))
                .build())
        .getToken();
  }

  private void remove(String... ids) {
    assertThat(
            broker
                .admin()
                .removeTokens(
                    RemoveTokensRequest.newBuilder()
                        .setAccount("acme")
                        .addAllTokenIds(List.of(ids))
                        .build()))
        .isNotNull();
  }

  private Account account(String name) {
    return broker
        .admin()
        .getAccount(GetAccountRequest.newBuilder().setAccount(name).build())
        .getAccount();
  }

  private ListTokensResponse tokens(String account, int size, String pageToken) {
    return broker
        .admin()
        .listTokens(
            ListTokensRequest.newBuilder()
                .setAccount(account)
                .setPageSize(size)
                .setPageToken(pageToken)
                .build());
  }

  private String next(String account) {
    return broker
        .data()
        .nextToken(NextTokenRequest.newBuilder().setAccount(account).build())
        .getTurn()
        .getSecret();
  }
}
