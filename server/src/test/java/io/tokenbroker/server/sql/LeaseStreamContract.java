package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Gone;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.testing.TestDatabase;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What every database must do about the leases of streams; two brokers use one database. */
abstract class LeaseStreamContract extends StoreContract {
  static final Duration TTL = Duration.ofMinutes(10);
  static final Holder HOLDER = new Holder("worker 1");
  final SecureRandom random = new SecureRandom();
  private Database otherDatabase;
  LeaseStore leases;
  LeaseStore other;

  @BeforeAll
  void openLeases() {
    leases = new SqlLeaseStore(database, "broker-1");
    otherDatabase = Database.open(settings);
    other = new SqlLeaseStore(otherDatabase, "broker-2");
  }

  @AfterAll
  void closeOther() {
    if (otherDatabase != null) {
      otherDatabase.close();
    }
  }

  @Test
  void aStreamsLeaseGoesToALaterStreamAndNotBack() {
    StreamOwner owner = owner("stream", HOLDER);
    StreamId old = opened(leases, owner);
    Lease lease = ((Standing) commit(leases, grant("stream", "t", HOLDER, old))).lease();
    Lease unary = ((Standing) commit(leases, grant("stream", "t2", HOLDER, StreamId.NONE))).lease();

    StreamId fresh = StreamId.random(random);
    assertThat(other.open(owner, fresh)).extracting(LeaseRow::lease).containsExactly(lease);
    assertThat(commit(other, takeOver(lease, TTL, owner, fresh))).isInstanceOf(Standing.class);
    assertThat(commit(leases, new LeaseOp.Renew(lease.id(), lease.fencingNumber(), null, old)))
        .isEqualTo(new Gone(Why.TAKEN_OVER));
    assertThat(commit(leases, new LeaseOp.Release(lease.id(), lease.fencingNumber(), old)))
        .isEqualTo(new Gone(Why.TAKEN_OVER));
    assertThat(commit(leases, takeOver(lease, TTL, owner, old)))
        .isEqualTo(new Gone(Why.TAKEN_OVER));
    assertThat(commit(leases, new LeaseOp.Release(lease.id(), lease.fencingNumber(), fresh)))
        .isInstanceOf(Ended.class);
    assertThat(other.open(owner, StreamId.random(random))).isEmpty();
    assertThat(leases.find(unary.id())).isPresent();
  }

  @Test
  void anotherScopeOrHolderHasStreamsOfItsOwn() {
    StreamId stream = opened(leases, owner("owners", HOLDER));
    assertThat(commit(leases, grant("owners", "t", HOLDER, stream))).isInstanceOf(Standing.class);
    assertThat(other.open(owner("owners", new Holder("worker")), StreamId.random(random)))
        .isEmpty();
    StreamOwner scoped = new StreamOwner(new AccountId("owners"), new Scope("s"), HOLDER);
    assertThat(other.open(scoped, StreamId.random(random))).isEmpty();
    assertThat(commit(leases, grant("owners", "t2", HOLDER, stream))).isInstanceOf(Standing.class);
  }

  @Test
  void anEarlierStreamIsGrantedNothingAndTheStoreSaysWhichIsTheNewest() {
    StreamOwner owner = owner("newest", HOLDER);
    StreamOwner unknown = owner("newest", new Holder("nobody"));
    StreamId old = opened(leases, owner);
    assertThat(other.newestStreams(Set.of(owner, unknown))).isEqualTo(Map.of(owner, old));
    StreamId fresh = opened(other, owner);
    assertThat(leases.newestStreams(Set.of(owner, unknown))).isEqualTo(Map.of(owner, fresh));

    assertThat(commit(leases, grant("newest", "t", HOLDER, old)))
        .isEqualTo(new Gone(Why.TAKEN_OVER));
    assertThat(commit(other, grant("newest", "t", HOLDER, fresh))).isInstanceOf(Standing.class);
    assertThat(commit(leases, grant("newest", "t2", HOLDER, StreamId.NONE)))
        .isInstanceOf(Standing.class);
  }

  @Test
  void marksOfStreamsAreForgottenAfterADay() {
    StreamOwner owner = owner("forgotten", HOLDER);
    StreamOwner recent = owner("forgotten", new Holder("recent"));
    StreamId old = opened(leases, owner);
    StreamId fresh = opened(leases, recent);
    String day = "2001-01-01 00:00:00";
    assertThat(
            byHand(
                "update lease_stream set change_time = '"
                    + day
                    + "' where owner_key = '"
                    + owner.key()
                    + "'"))
        .isEqualTo(1);
    leases.forgetStreams();
    assertThat(other.newestStreams(Set.of(owner, recent))).isEqualTo(Map.of(recent, fresh));
    // nobody is known to be later
    assertThat(commit(leases, grant("forgotten", "t", HOLDER, old))).isInstanceOf(Standing.class);
  }

  @Test
  void aTakeOverEndsNoLeaseSooner() {
    StreamOwner owner = owner("sooner", HOLDER);
    StreamId old = opened(leases, owner);
    Lease lease = ((Standing) commit(leases, grant("sooner", "t", HOLDER, old))).lease();
    StreamId fresh = opened(other, owner);

    Standing shorter =
        (Standing) commit(other, takeOver(lease, Duration.ofSeconds(1), owner, fresh));
    assertThat(shorter.lease().expireTime()).isEqualTo(lease.expireTime());
    assertThat(shorter.left()).isBetween(TTL.minusMinutes(1), TTL);
    Lease renewed =
        ((Standing)
                commit(other, new LeaseOp.Renew(lease.id(), lease.fencingNumber(), null, fresh)))
            .lease();
    assertThat(renewed.ttl()).isEqualTo(Duration.ofSeconds(1));
    assertThat(renewed.expireTime()).isEqualTo(lease.expireTime());
    Lease untouched = ((Standing) commit(other, takeOver(lease, null, owner, fresh))).lease();
    assertThat(untouched).isEqualTo(renewed);
  }

  @Test
  void whatItsHolderHasRenewedIsNotReleasedAtAnEndThatWasToldBefore() {
    StreamId stream = opened(leases, owner("prolonged", HOLDER));
    Lease lease = ((Standing) commit(leases, grant("prolonged", "t", HOLDER, stream))).lease();
    LeaseOp release =
        new LeaseOp.Release(lease.id(), lease.fencingNumber(), stream, lease.expireTime());
    Lease renewed =
        ((Standing)
                commit(
                    other,
                    new LeaseOp.Renew(lease.id(), lease.fencingNumber(), TTL.plusHours(1), null)))
            .lease();
    assertThat(commit(leases, release)).isEqualTo(new Gone(Why.PROLONGED));
    assertThat(leases.find(lease.id())).contains(renewed);
  }

  @Test
  void aMarkThatAnotherBrokerHasLockedKeepsNobodyWaiting() throws SQLException {
    StreamOwner owner = owner("locked", HOLDER);
    StreamId stream = opened(leases, owner);
    assumeThat(database.sql().dialect())
        .as("one broker has an embedded database for itself")
        .isNotEqualTo(SQLDialect.SQLITE);
    try (Connection connection = TestDatabase.connect(settings);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      assertThat(
              statement.executeUpdate(
                  "update lease_stream set stream_id = 'x' where owner_key = '"
                      + owner.key()
                      + "'"))
          .isEqualTo(1);
      List<LeaseAnswer> answers =
          leases.commit(
              List.of(
                  grant("locked", "t", HOLDER, stream),
                  grant("locked", "t2", HOLDER, StreamId.NONE)));
      assertThat(answers.get(0)).isEqualTo(new LeaseAnswer.Busy());
      assertThat(answers.get(1)).isInstanceOf(Standing.class);
      connection.rollback();
    }
    assertThat(commit(leases, grant("locked", "t", HOLDER, stream))).isInstanceOf(Standing.class);
  }

  private StreamId opened(LeaseStore store, StreamOwner owner) {
    StreamId stream = StreamId.random(random);
    assertThat(store.open(owner, stream)).isNotNull();
    return stream;
  }

  private static StreamOwner owner(String account, Holder holder) {
    return new StreamOwner(new AccountId(account), Scope.ALL, holder);
  }

  private static LeaseOp.TakeOver takeOver(
      Lease lease, @Nullable Duration ttl, StreamOwner owner, StreamId to) {
    return new LeaseOp.TakeOver(lease.id(), lease.fencingNumber(), ttl, owner, to);
  }

  LeaseOp.Grant grant(String account, String token, Holder holder, StreamId stream) {
    return new LeaseOp.Grant(
        LeaseId.random(key(account, token), random),
        new AccountId(account),
        new TokenId(token),
        Scope.ALL,
        holder,
        TTL,
        stream);
  }

  static TokenKey key(String account, String token) {
    return TokenKey.of(new AccountId(account), new TokenId(token));
  }

  static LeaseAnswer commit(LeaseStore store, LeaseOp op) {
    LeaseAnswer answer = store.commit(List.of(op)).get(0);
    // whose account it is of is tried on its own
    return answer instanceof Gone gone ? new Gone(gone.why()) : answer;
  }
}
