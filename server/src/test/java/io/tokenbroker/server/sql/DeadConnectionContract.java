package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Link;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A broker whose way to the database is lost without a word, and another one that has its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DeadConnectionContract {
  private static final Duration TTL = Duration.ofMinutes(10);
  private final SecureRandom random = new SecureRandom();
  private DatabaseServer server;
  private Link link;
  private Database database;
  private Database otherDatabase;
  private SqlLeaseStore leases;
  private SqlLeaseStore other;

  abstract DatabaseServer.Product product();

  @BeforeAll
  void open() {
    server = DatabaseServer.launch(product());
    link = new Link(server.port());
    otherDatabase = Database.open(settings(server.port()));
    other = new SqlLeaseStore(otherDatabase, "broker-2");
    database = Database.open(settings(link.port()));
    leases = new SqlLeaseStore(database, "broker-1");
  }

  private DatabaseSettings settings(int port) {
    return new DatabaseSettings(
        "database",
        "jdbc:mysql://127.0.0.1:" + port + "/b?createDatabaseIfNotExist=true",
        server.user(),
        server.password(),
        4);
  }

  @AfterAll
  void close() {
    if (database != null) {
      database.close();
      otherDatabase.close();
    }
    if (link != null) {
      link.close();
    }
    if (server != null) {
      server.close();
    }
  }

  /**
   * Wherever it breaks off: what the caller hears is what the database has, and it is done once.
   */
  @ParameterizedTest
  @CsvSource({"false, true", "false, false", "true, true", "true, false"})
  void aGroupIsCommittedOnceAlthoughItsConnectionDies(boolean committing, boolean heard) {
    String name = "once " + committing + heard;
    Lease earlier = granted(leases, name, "earlier");
    CountDownLatch death = link.dieAt(committing ? Link.COMMIT : Link.LOCK, heard);
    List<LeaseAnswer> answers =
        leases.commit(
            List.of(
                grant(name, "t"),
                new LeaseOp.Release(earlier.id(), earlier.fencingNumber(), null)));
    assertThat(death.getCount()).isZero();
    Lease lease = ((Standing) answers.get(0)).lease();
    assertThat(answers.get(1)).isEqualTo(new Ended(earlier));
    assertThat(other.list(Optional.of(new AccountId(name)), Optional.empty(), 10))
        .extracting(placed -> placed.lease())
        .containsExactly(lease);
  }

  @Test
  void whatALostBrokerHadLockedIsFreeBeforeLong() throws Exception {
    Lease lease = granted(other, "lost", "t");
    CountDownLatch death = link.dieAt(Link.LOCK, true);
    CompletableFuture<LeaseAnswer> lost =
        CompletableFuture.supplyAsync(
            () -> leases.commit(List.of(new LeaseOp.Renew(lease.id(), 1, null, null))).get(0));
    assertThat(death.await(30, TimeUnit.SECONDS)).isTrue();
    link.lose(true);
    try {
      Eventually.until(
          "the lease can be released elsewhere",
          () ->
              other.commit(List.of(new LeaseOp.Release(lease.id(), 1, null))).get(0)
                  instanceof Ended);
      Eventually.until("the lost one has given up", lost::isDone);
      assertThat(lost).isCompletedExceptionally();
    } finally {
      link.lose(false);
    }
    Eventually.until("it is back", () -> isBack("back"));
  }

  @Test
  void aCommitThatNobodyHeardOfIsUnsettledAlsoIfItCannotBeLookedFor() throws Exception {
    Lease earlier = granted(leases, "unheard", "t");
    assertThat(leases.commit(List.of(new LeaseOp.Release(earlier.id(), 1, null))))
        .containsExactly(new Ended(earlier));
    CountDownLatch death = link.dieAt(Link.COMMIT, true);
    LeaseOp.Grant grant = grant("unheard", "t");
    CompletableFuture<List<LeaseAnswer>> lost =
        CompletableFuture.supplyAsync(() -> leases.commit(List.of(grant)));
    assertThat(death.await(30, TimeUnit.SECONDS)).isTrue();
    link.lose(true);
    try {
      Eventually.until("it has given up", lost::isDone);
    } finally {
      link.lose(false);
    }
    assertThat(other.find(grant.id())).isPresent();
    assertThat(lost)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(BrokerException.class, e -> assertThat(e.isUnsettled()).isTrue());
    Eventually.until("it is back", () -> isBack("heard again"));
  }

  private boolean isBack(String account) {
    try {
      return leases.find(granted(leases, account, "t").id()).isPresent();
    } catch (RuntimeException e) {
      return false;
    }
  }

  private Lease granted(SqlLeaseStore store, String account, String token) {
    return ((Standing) store.commit(List.of(grant(account, token))).get(0)).lease();
  }

  private LeaseOp.Grant grant(String account, String token) {
    AccountId a = new AccountId(account);
    TokenId t = new TokenId(token);
    return new LeaseOp.Grant(
        LeaseId.random(TokenKey.of(a, t), random),
        a,
        t,
        Scope.ALL,
        new Holder("worker"),
        TTL,
        StreamId.NONE);
  }
}
