package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Full;
import io.tokenbroker.server.lease.LeaseAnswer.Gone;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Taken;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.lease.LeaseStore.Placed;
import io.tokenbroker.server.lease.LeaseStore.Seen;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.LiveLeases;
import io.tokenbroker.server.model.LiveLeases.Held;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every database must do about leases; two brokers use one database. */
abstract class LeaseStoreContract extends LeaseStreamContract {
  @Test
  void aTokenHasOneLeaseAtATime() {
    Lease lease = granted(leases, "one", "t1");

    assertThat(lease.fencingNumber()).isEqualTo(1);
    assertThat(Duration.between(lease.acquireTime(), lease.expireTime())).isEqualTo(TTL);
    for (LeaseStore store : List.of(leases, other)) {
      assertThat(commit(store, grant("one", "t1")))
          .isInstanceOfSatisfying(
              Taken.class, taken -> assertThat(taken.left()).isBetween(TTL.minusMinutes(1), TTL));
    }
    assertThat(granted(other, "one", "t2").fencingNumber()).isEqualTo(2);
    assertThat(other.find(lease.id())).contains(lease);
  }

  @Test
  void theDatabasesClockCountsWhateverTheZoneHereIs() {
    TimeZone before = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("America/St_Johns"));
    try {
      Lease lease = granted(leases, "zone", "t");
      assertThat(lease.acquireTime())
          .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
      assertThat(live("zone").leases()).extracting(Held::lease).containsExactly(lease);
    } finally {
      TimeZone.setDefault(before);
    }
  }

  @Test
  void theNumberGrowsOverReleaseExpiryAndRevocation() {
    Lease first = granted(leases, "grow", "t");
    assertThat(commit(other, release(first))).isEqualTo(new Ended(first));
    Lease second = granted(other, "grow", "t");
    expire(second);
    Lease third = granted(leases, "grow", "t");
    assertThat(commit(leases, new LeaseOp.Revoke(third.id()))).isEqualTo(new Ended(third));
    Lease fourth = granted(other, "grow", "t");

    assertThat(List.of(first, second, third, fourth))
        .extracting(Lease::fencingNumber)
        .containsExactly(1L, 2L, 3L, 4L);
    assertThat(Set.of(first.id(), second.id(), third.id(), fourth.id())).hasSize(4);
  }

  @Test
  void aTokenThatIsAddedAgainGoesOnWhereItsAccountWas() {
    for (int i = 0; i < 3; i++) {
      Lease lease = granted(leases, "again", "old id");
      assertThat(commit(leases, release(lease))).isInstanceOf(Ended.class);
    }
    assertThat(granted(leases, "again", "new id").fencingNumber()).isEqualTo(4);
    assertThat(granted(leases, "not again", "old id").fencingNumber()).isEqualTo(1);
  }

  @Test
  void renewalsCountFromNowOn() {
    Lease lease = granted(leases, "renew", "t");
    Duration longer = TTL.multipliedBy(3);

    LeaseAnswer answer =
        commit(other, new LeaseOp.Renew(lease.id(), lease.fencingNumber(), longer, null));
    Lease renewed = ((Standing) answer).lease();
    assertThat(renewed.ttl()).isEqualTo(longer);
    assertThat(renewed.expireTime()).isAfterOrEqualTo(lease.acquireTime().plus(longer));
    assertThat(renewed.acquireTime()).isEqualTo(lease.acquireTime());

    Lease again = ((Standing) commit(leases, renew(lease))).lease();
    assertThat(again.ttl()).isEqualTo(longer);
    assertThat(again.expireTime()).isAfterOrEqualTo(renewed.expireTime());
    assertThat(leases.find(lease.id())).contains(again);
  }

  @Test
  void staleNumbersAndStaleLeasesChangeNothing() {
    Lease old = granted(leases, "stale", "t");
    expire(old);
    assertThat(commit(leases, renew(old))).isEqualTo(new Gone(Why.ENDED));
    assertThat(commit(leases, release(old))).isEqualTo(new Gone(Why.ENDED));
    Lease lease = granted(other, "stale", "t");
    assertThat(commit(leases, renew(old))).isEqualTo(new Gone(Why.ENDED));
    assertThat(commit(leases, release(old))).isEqualTo(new Gone(Why.ENDED));
    assertThat(commit(leases, new LeaseOp.Revoke(old.id()))).isEqualTo(new Gone(Why.ENDED));
    long wrong = lease.fencingNumber() - 1;
    assertThat(commit(leases, new LeaseOp.Renew(lease.id(), wrong, null, null)))
        .isEqualTo(new Gone(Why.OTHER_NUMBER));
    assertThat(commit(leases, new LeaseOp.Release(lease.id(), wrong, null)))
        .isEqualTo(new Gone(Why.OTHER_NUMBER));

    assertThat(leases.find(lease.id())).contains(lease);
    assertThat(leases.find(old.id())).isEmpty();
    assertThat(commit(leases, release(lease))).isInstanceOf(Ended.class);
    assertThat(commit(leases, release(lease))).isEqualTo(new Gone(Why.ENDED));
    LeaseId unknown = LeaseId.random(key("stale", "never leased"), random);
    assertThat(commit(leases, new LeaseOp.Release(unknown, 1, null)))
        .isEqualTo(new Gone(Why.ENDED));
  }

  @Test
  void tellsThatALeaseWasRevoked() {
    Lease lease = granted(leases, "revoked", "t");
    assertThat(commit(other, new LeaseOp.Revoke(lease.id()))).isEqualTo(new Ended(lease));
    assertThat(commit(leases, renew(lease))).isEqualTo(new Gone(Why.REVOKED));
    assertThat(leases.find(lease.id())).isEmpty();
  }

  @Test
  void allowsAsManyAsThePolicyInTheDatabaseSays() {
    AccountId account = new AccountId("several");
    leases.savePolicy(account, new LeasePolicy(3, 0, 0, null, null, null));
    List<Lease> three = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      three.add(granted(i == 1 ? other : leases, "several", "t"));
    }
    assertThat(three).extracting(Lease::fencingNumber).containsExactly(1L, 2L, 3L);
    assertThat(commit(other, grant("several", "t"))).isInstanceOf(Taken.class);

    other.savePolicy(account, new LeasePolicy(2, 0, 0, null, null, null));
    assertThat(commit(leases, release(three.get(0)))).isInstanceOf(Ended.class);
    assertThat(commit(leases, grant("several", "t"))).isInstanceOf(Taken.class);
    assertThat(commit(leases, release(three.get(2)))).isInstanceOf(Ended.class);
    assertThat(granted(leases, "several", "t").fencingNumber()).isEqualTo(4);
  }

  @Test
  void keepsTheCapsOfAccountsAndHolders() {
    AccountId account = new AccountId("capped");
    leases.savePolicy(account, new LeasePolicy(0, 3, 2, null, null, null));
    List<LeaseAnswer> answers =
        leases.commit(List.of(grant("capped", "t1"), grant("capped", "t2"), grant("capped", "t3")));
    assertThat(answers.subList(0, 2)).allMatch(Standing.class::isInstance);
    assertThat(answers.get(2)).isEqualTo(new Full(2, true));
    LeaseOp.Grant ofAnother = grant("capped", "t3", new Holder("worker 2"), StreamId.NONE);
    Lease third = ((Standing) commit(other, ofAnother)).lease();
    assertThat(commit(other, grant("capped", "t4", new Holder("worker 3"), StreamId.NONE)))
        .isEqualTo(new Full(3, false));
    List<LeaseAnswer> swap =
        leases.commit(
            List.of(release(third), grant("capped", "t4", new Holder("worker 3"), StreamId.NONE)));
    assertThat(swap).hasExactlyElementsOfTypes(Ended.class, Standing.class);
  }

  @Test
  void keepsPolicies() {
    AccountId account = new AccountId("policy");
    assertThat(leases.policy(account)).isEqualTo(LeasePolicy.DEFAULT);
    LeasePolicy policy =
        new LeasePolicy(
            1,
            2,
            LeasePolicy.MAX_COUNT,
            Duration.ofSeconds(2),
            Duration.ofMillis(5_001),
            Duration.ofSeconds(3));
    leases.savePolicy(account, policy);
    assertThat(other.policy(account)).isEqualTo(policy);
    assertThat(other.policies(Set.of(account, new AccountId("no policy"))))
        .isEqualTo(Map.of(account, policy));
    other.savePolicy(account, LeasePolicy.DEFAULT);
    assertThat(leases.policy(account)).isEqualTo(LeasePolicy.DEFAULT);
  }

  @Test
  void anAccountsPolicyGoesWithTheAccount() {
    AccountId account = new AccountId("policy to go");
    leases.savePolicy(account, new LeasePolicy(2, 0, 0, null, null, null));
    assertThat(store.deleteAccount(account)).isZero();
    assertThat(leases.policy(account).perToken()).isEqualTo(2);
    assertThat(add(account, "s")).hasSize(1);
    assertThat(store.deleteAccount(account)).isEqualTo(1);
    assertThat(leases.policy(account)).isEqualTo(LeasePolicy.DEFAULT);
  }

  @Test
  void judgesTheOperationsOfAGroupOneByOne() {
    Lease first = granted(leases, "mix", "a");
    Lease second = granted(leases, "mix", "b");
    List<LeaseAnswer> answers =
        leases.commit(
            List.of(
                grant("mix", "a"),
                release(first),
                grant("mix", "a"),
                renew(first),
                renew(second),
                grant("mix", "b"),
                grant("mix", "c"),
                grant("mix", "c"),
                new LeaseOp.Revoke(second.id()),
                new LeaseOp.Renew(LeaseId.random(key("mix", "d"), random), 1, null, null)));

    assertThat(answers)
        .hasExactlyElementsOfTypes(
            Taken.class,
            Ended.class,
            Standing.class,
            Gone.class,
            Standing.class,
            Taken.class,
            Standing.class,
            Taken.class,
            Ended.class,
            Gone.class);
    assertThat(((Standing) answers.get(2)).lease().fencingNumber()).isEqualTo(2);
    assertThat(live("mix").leases()).hasSize(2);
  }

  @Test
  void comesWithTheTokensOfAnAccountInOneStatement() {
    AccountId account = new AccountId("load");
    String token = add(account, "s").get(0).value();
    StreamId stream = StreamId.random(random);
    LeaseOp.Grant grant =
        new LeaseOp.Grant(
            LeaseId.random(key("load", token), random),
            account,
            new TokenId(token),
            new Scope("a scope"),
            HOLDER,
            Duration.ofMillis(600_001),
            stream);
    Lease lease = ((Standing) commit(other, grant)).lease();
    assertThat(commit(other, release(granted(leases, "load", "t2")))).isInstanceOf(Ended.class);
    expire(granted(leases, "load", "t3"));

    statements.set(0);
    AccountSnapshot loaded = store.load(account);

    assertThat(statements).hasValue(1);
    assertThat(secrets(loaded)).containsExactly("s");
    assertThat(loaded.leases().leases()).containsExactly(new Held(0, lease, stream.value()));
    assertThat(loaded.leases().now())
        .isAfterOrEqualTo(lease.acquireTime())
        .isBefore(lease.expireTime());
  }

  private LiveLeases live(String account) {
    return store.load(new AccountId(account)).leases();
  }

  @Test
  void tellsWhatOthersHaveChanged() {
    AccountId account = new AccountId("changes");
    Instant start = live("changes").now();
    Lease own = granted(leases, "changes", "t1");
    Lease theirs = granted(other, "changes", "t2");
    Lease elsewhere = granted(other, "changes elsewhere", "t");

    Seen seen = leases.changedByOthers(Optional.of(Set.of(account)), start);
    assertThat(seen.now()).isAfterOrEqualTo(theirs.acquireTime());
    assertThat(seen.rows()).extracting(LeaseRow::lease).containsExactly(theirs);
    assertThat(seen.rows().get(0).left(seen.now())).isPositive();
    assertThat(commit(other, release(own))).isInstanceOf(Ended.class);
    List<LeaseRow> rows = leases.changedByOthers(Optional.of(Set.of(account)), start).rows();
    assertThat(rows)
        .extracting(row -> row.lease().id())
        .containsExactlyInAnyOrder(own.id(), theirs.id());
    assertThat(rows)
        .filteredOn(row -> row.lease().id().equals(own.id()))
        .noneMatch(row -> row.isLive(seen.now()));
    assertThat(
            leases.changedByOthers(Optional.of(Set.of(account)), seen.now().plusSeconds(60)).rows())
        .isEmpty();
    assertThat(live("changes").leases()).extracting(Held::lease).containsExactly(theirs);
    assertThat(leases.find(elsewhere.id())).isPresent();
  }

  @Test
  void listsInPages() {
    List<Lease> three =
        List.of(
            granted(leases, "list a", "t1"),
            granted(other, "list a", "t2"),
            granted(leases, "list b", "t1"));
    Optional<AccountId> a = Optional.of(new AccountId("list a"));

    List<Placed> page = leases.list(a, Optional.empty(), 1);
    assertThat(page).extracting(Placed::lease).containsExactly(three.get(0));
    page = leases.list(a, Optional.of(page.get(0).place()), 10);
    assertThat(page).extracting(Placed::lease).containsExactly(three.get(1));
    page = leases.list(Optional.empty(), Optional.of(page.get(0).place()), 10);
    assertThat(page).extracting(Placed::lease).contains(three.get(2));
    expire(three.get(0));
    assertThat(leases.list(a, Optional.empty(), 10))
        .extracting(Placed::lease)
        .containsExactly(three.get(1));
  }

  @Test
  void twoBrokersNeverBothGrant() throws Exception {
    int threads = 4;
    int rounds = 60;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CyclicBarrier barrier = new CyclicBarrier(threads);
    Queue<String> grants = new ConcurrentLinkedQueue<>();
    List<Callable<List<Lease>>> work = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      LeaseStore store = t % 2 == 0 ? leases : other;
      boolean backwards = t > 1;
      work.add(
          () -> {
            List<Lease> got = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
              int now = round;
              barrier.await();
              List<LeaseOp> group = new ArrayList<>();
              for (int i = 0; i < 5; i++) {
                group.add(grant("race", "t" + (backwards ? 4 - i : i)));
              }
              List<Lease> mine = new ArrayList<>();
              for (LeaseAnswer answer : store.commit(group)) {
                if (answer instanceof Standing standing) {
                  mine.add(standing.lease());
                }
              }
              mine.forEach(lease -> grants.add(lease.token() + " in round " + now));
              got.addAll(mine);
              barrier.await();
              if (!mine.isEmpty()) {
                mine.stream()
                    .map(lease -> release(lease))
                    .forEach(op -> commitUntilDone(store, op));
              }
            }
            return got;
          });
    }
    List<Lease> all = new ArrayList<>();
    try {
      for (Future<List<Lease>> one : pool.invokeAll(work)) {
        all.addAll(one.get());
      }
    } finally {
      pool.shutdownNow();
    }
    // all are released after the round only
    assertThat(grants).doesNotHaveDuplicates();
    assertThat(all).hasSizeBetween(rounds, rounds * 5);
    for (int i = 0; i < 5; i++) {
      String token = "t" + i;
      List<Long> numbers =
          all.stream()
              .filter(lease -> lease.token().value().equals(token))
              .map(Lease::fencingNumber)
              .sorted()
              .toList();
      assertThat(numbers).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(rounds);
    }
  }

  /** Its answer was lost, and so was it; and what it had kept as it was is no sign of it. */
  @Test
  void whatWasRolledBackIsDoneAgainAlthoughARenewalWouldHaveChangedNothing() {
    Lease lease = granted(leases, "rolled back", "t1");
    StreamOwner owner = new StreamOwner(lease.account(), Scope.ALL, HOLDER);
    StreamId stream = StreamId.random(random);
    assertThat(leases.open(owner, stream)).isEmpty();
    LeaseOp shorter =
        new LeaseOp.TakeOver(
            lease.id(), lease.fencingNumber(), Duration.ofSeconds(1), owner, stream);
    assertThat(commit(leases, shorter)).isInstanceOf(Standing.class);
    Lease rowsThere = granted(leases, "rolled back", "t2");
    assertThat(commit(leases, release(rowsThere))).isInstanceOf(Ended.class);
    LeaseOp.Grant grant = grant("rolled back", "t2");
    LeaseCommit.Group group =
        new LeaseCommit.Group(List.of(renew(lease), grant), "broker-1", false);

    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .write(
                        context -> {
                          assertThat(LeaseCommit.run(context, group)).isPresent();
                          throw new IllegalStateException("not committed");
                        }))
        .hasMessage("not committed");
    List<LeaseAnswer> answers =
        database.sql().write(context -> LeaseCommit.run(context, group)).orElseThrow();

    assertThat(answers).hasOnlyElementsOfType(Standing.class);
    assertThat(leases.find(grant.id())).contains(((Standing) answers.get(1)).lease());
    List<LeaseAnswer> again =
        database.sql().write(context -> LeaseCommit.run(context, group)).orElseThrow();
    assertThat(again).as("and once only").isEqualTo(answers);
  }

  private static void commitUntilDone(LeaseStore store, LeaseOp op) {
    LeaseAnswer answer = commit(store, op);
    while (answer instanceof LeaseAnswer.Busy) {
      answer = commit(store, op);
    }
    assertThat(answer).isInstanceOf(Ended.class);
  }

  /** As time does, only faster. */
  private void expire(Lease lease) {
    int rows =
        byHand(
            "update lease set expire_time = acquire_time where lease_id = '"
                + lease.id().value()
                + "'");
    assertThat(rows).isEqualTo(1);
  }

  private Lease granted(LeaseStore store, String account, String token) {
    return ((Standing) commit(store, grant(account, token))).lease();
  }

  private LeaseOp.Grant grant(String account, String token) {
    return grant(account, token, HOLDER, StreamId.NONE);
  }

  private static LeaseOp.Renew renew(Lease lease) {
    return new LeaseOp.Renew(lease.id(), lease.fencingNumber(), null, null);
  }

  private static LeaseOp.Release release(Lease lease) {
    return new LeaseOp.Release(lease.id(), lease.fencingNumber(), null);
  }
}
