package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
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
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.impl.DefaultExecuteListenerProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a transaction about leases does where other nodes of a cluster don't see its locks. One
 * server stands for one node: what it applies of another one's comes by a connection that waits for
 * no lock. A node would not wait either, and end the transaction that is in its way.
 */
final class MariaDbClusterTest extends StoreContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mariadb();

  private static final AccountId ACCOUNT = new AccountId("a");
  private static final Holder HOLDER = new Holder("h");
  private static final StreamOwner OWNER = new StreamOwner(ACCOUNT, Scope.ALL, HOLDER);
  private static final int LOCKED = 1205;

  private final SecureRandom random = new SecureRandom();

  @Override
  TestDatabase server() {
    return SERVER;
  }

  private LeaseOp.Grant grant(String token, StreamId stream) {
    TokenKey key = TokenKey.of(ACCOUNT, new TokenId(token));
    return new LeaseOp.Grant(
        LeaseId.random(key, random),
        ACCOUNT,
        new TokenId(token),
        Scope.ALL,
        HOLDER,
        Duration.ofMinutes(10),
        stream);
  }

  private Lease granted(String token) {
    LeaseAnswer answer =
        new SqlLeaseStore(database, "one").commit(List.of(grant(token, StreamId.NONE))).get(0);
    return ((Standing) answer).lease();
  }

  private static void run(Database on, LeaseOp op, boolean cluster) {
    LeaseCommit.Group group = new LeaseCommit.Group(List.of(op), "two", cluster);
    boolean unused =
        on.sql()
            .write(
                context -> {
                  LeaseTokens.missing(context, List.of(op));
                  return true;
                });
    Optional<List<LeaseAnswer>> answers =
        on.sql().write(context -> LeaseCommit.run(context, group));
    assertThat(answers.orElseThrow().get(0)).isInstanceOf(Standing.class);
  }

  @Test
  void nobodyChangesALeaseThatIsRead() {
    assertThat(whileRenewed(granted("read on one server"), false)).as("without a lock").isZero();
    assertThat(whileRenewed(granted("read"), true)).isEqualTo(LOCKED);
  }

  /** What comes of a revocation by another node, once the lease was read that is renewed here. */
  private int whileRenewed(Lease lease, boolean cluster) {
    AtomicInteger came = new AtomicInteger(-1);
    try (Database here = Database.open(settings)) {
      here.sql()
          .configuration()
          .set(
              new DefaultExecuteListenerProvider(
                  ExecuteListener.onExecuteEnd(
                      context -> {
                        if (reads(context) && came.get() < 0) {
                          came.set(revoke(lease));
                        }
                      })));
      run(here, new LeaseOp.Renew(lease.id(), lease.fencingNumber(), null, null), cluster);
    }
    return came.get();
  }

  private static boolean reads(ExecuteContext context) {
    String sql = context.sql();
    return sql != null && sql.contains("database_time");
  }

  private int revoke(Lease lease) {
    try (Connection connection = TestDatabase.connect(settings);
        Statement statement = connection.createStatement()) {
      boolean unused = statement.execute("set innodb_lock_wait_timeout = 0");
      int rows =
          statement.executeUpdate(
              "update lease set ended = 2 where lease_id = '" + lease.id().value() + "'");
      assertThat(rows).isOne();
      return 0;
    } catch (SQLException e) {
      return e.getErrorCode();
    }
  }

  @Test
  void whichStreamIsTheNewestIsWritten() {
    StreamId stream = StreamId.random(random);
    assertThat(new SqlLeaseStore(database, "one").open(OWNER, stream)).isEmpty();
    assertThat(byHand("update lease_stream set change_time = '2001-01-01'")).isOne();
    run(database, grant("s1", stream), false);
    assertThat(ofBefore()).as("a lock is enough on one server").isOne();
    run(database, grant("s2", stream), true);
    assertThat(ofBefore()).isZero();
  }

  private int ofBefore() {
    return database
        .sql()
        .read(
            context ->
                ((Number)
                        context.fetchValue(
                            "select count(*) from lease_stream where change_time = '2001-01-01'"))
                    .intValue());
  }

  @Test
  void capsAreWrittenAsTheyWere() {
    SqlLeaseStore leases = new SqlLeaseStore(database, "one");
    LeasePolicy policy = new LeasePolicy(1, 5, 4, Duration.ofSeconds(2), null, null);
    leases.savePolicy(ACCOUNT, policy);
    AtomicInteger written = new AtomicInteger();
    try (Database here = Database.open(settings)) {
      here.sql()
          .configuration()
          .set(
              new DefaultExecuteListenerProvider(
                  ExecuteListener.onExecuteEnd(
                      context -> {
                        if (String.valueOf(context.sql())
                            .startsWith("delete from `lease_policy`")) {
                          written.incrementAndGet();
                        }
                      })));
      run(here, grant("capped", StreamId.NONE), true);
    }
    assertThat(written).hasValue(1);
    assertThat(leases.policy(ACCOUNT)).isEqualTo(policy);
    assertThat(byHand("delete from lease_policy")).isOne();
  }
}
