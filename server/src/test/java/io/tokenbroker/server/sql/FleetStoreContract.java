package io.tokenbroker.server.sql;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.fleet.FleetClock;
import io.tokenbroker.server.fleet.FleetMember;
import io.tokenbroker.server.fleet.FleetSettings;
import io.tokenbroker.server.fleet.FleetStore.AddressTakenException;
import io.tokenbroker.server.fleet.Member;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.server.fleet.OwnershipListener;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.fleet.Seat;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.store.TokenStates;
import io.tokenbroker.server.testing.LogLines;
import io.tokenbroker.server.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members, the owners of partitions, and who may save what. */
abstract class FleetStoreContract extends StoreContract {
  private static final Duration TTL = Duration.ofSeconds(5);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final FleetClock clock = new FleetClock(() -> Instant.EPOCH, System::nanoTime);
  private SqlFleetStore fleet;

  @BeforeEach
  void begin() throws AddressTakenException {
    fleet = new SqlFleetStore(database, Optional.of(TTL), clock);
    fleet.join(member("first"));
    fleet.look().members().forEach(member -> fleet.leave(member.id()));
  }

  private static Member member(String id) {
    return new Member(id, id + ":50051", 0, TTL, false, "1", "key");
  }

  private Member there(String id) {
    return fleet.look().members().stream()
        .filter(member -> member.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private Seat seat(int partition) {
    return fleet.seats().get(partition);
  }

  @Test
  void membersJoinRenewAndLeave() throws AddressTakenException {
    fleet.join(member("a"));
    fleet.join(member("b"));

    assertThat(fleet.look().members()).containsExactlyInAnyOrder(member("a"), member("b"));
    assertThat(fleet.renew("a")).isTrue();
    assertThat(there("a").beat()).isEqualTo(1);
    fleet.leaving("b");
    assertThat(there("b").leaving()).isTrue();
    fleet.leave("b");
    assertThat(fleet.look().members()).hasSize(1);
    assertThat(fleet.renew("b")).isFalse();
    assertThat(fleet.present()).contains("a:50051");
    assertThat(fleet.fleetId()).hasSize(32);
  }

  @Test
  void tellsTheDatabasesTime() throws AddressTakenException {
    fleet.join(member("a"));
    assertThat(fleet.look().members()).hasSize(1);
    assertThat(clock.instant())
        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
  }

  @Test
  void saysOnceIfTheNodesOfTheDatabaseHaveDifferentTimes() throws AddressTakenException {
    fleet.join(member("a"));
    try (LogLines log = new LogLines(NodeClocks.class)) {
      assertThat(fleet.look().members()).hasSize(1);
      assertThat(log.lines()).isEmpty();
      // as a node that is an hour ahead would have it
      assertThat(byHand("update fleet_member set renew_time = renew_time + interval 1 hour"))
          .isEqualTo(1);
      assertThat(fleet.look().members()).isEqualTo(fleet.look().members());
      assertThat(log.lines()).hasSize(1).first().asString().contains("ahead=PT59M");
    }
  }

  @Test
  void anAddressIsThatOfOneMemberAlone() throws AddressTakenException {
    fleet.join(member("a"));
    fleet.join(member("a"));

    assertThatThrownBy(() -> fleet.join(new Member("b", "a:50051", 0, TTL, false, "2", "key")))
        .isInstanceOfSatisfying(
            AddressTakenException.class,
            taken -> assertThat(taken.holder()).isEqualTo(member("a")));
  }

  @Test
  void whoHasRenewedIsNotStruckOff() throws AddressTakenException {
    fleet.join(member("a"));
    fleet.renew("a");

    assertThat(fleet.strikeOff("a", 0)).isFalse();
    assertThat(fleet.strikeOff("a", 1)).isTrue();
    assertThat(fleet.renew("a")).isFalse();
  }

  @Test
  void onlyWhatIsNobodysIsTakenAndEachChangeIsANewEpoch() throws AddressTakenException {
    fleet.join(member("a"));
    fleet.join(member("b"));
    List<Seat> free = fleet.seats();
    assertThat(free).hasSize(Partitions.COUNT);
    long before = fleet.look().epochs();

    fleet.take("a", free);
    fleet.take("b", free);
    fleet.take("b", fleet.seats());

    assertThat(fleet.seats()).allSatisfy(seat -> assertThat(seat.owner()).isEqualTo("a"));
    assertThat(fleet.look().epochs()).isEqualTo(before + Partitions.COUNT);

    Seat old = seat(7);
    fleet.hand(List.of(old), "b");
    fleet.hand(List.of(old), "a");
    assertThat(seat(7)).isEqualTo(new Seat(7, "b", old.epoch() + 1));

    fleet.strikeOff("a", 0);
    fleet.take("b", fleet.seats());
    assertThat(fleet.seats()).allSatisfy(seat -> assertThat(seat.owner()).isEqualTo("b"));
    assertThat(seat(7).epoch()).as("its own is not taken without need").isEqualTo(old.epoch() + 2);
  }

  @Test
  void ofManyWhoTakeAtOnceEachPartitionHasOne() throws Exception {
    List<String> ids = List.of("a", "b", "c", "d");
    for (String id : ids) {
      fleet.join(member(id));
    }
    List<Seat> free = fleet.seats();
    ExecutorService threads = Executors.newFixedThreadPool(ids.size());
    try {
      List<Future<?>> all = new ArrayList<>();
      ids.forEach(id -> all.add(threads.submit(() -> fleet.take(id, free))));
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdown();
    }

    for (int i = 0; i < free.size(); i++) {
      assertThat(seat(i).epoch()).isEqualTo(free.get(i).epoch() + 1);
    }
  }

  @Test
  void whoOwnsAnAccountNoMoreSavesNothingOfIt() throws Exception {
    AccountId account = new AccountId("fenced");
    TokenId token = add(account, "a-secret").get(0);
    FleetMember owner = owner("owner:1");
    Epochs epochs = owner.epochs();
    store.savePositions(Map.of(account, position(5, token)), epochs);
    assertThat(store.load(account).position().turn()).isEqualTo(5);

    fleet.join(member("next"));
    fleet.hand(List.of(seat(Partitions.of("fenced"))), "next");
    store.savePositions(Map.of(account, position(6, token)), epochs);
    store.saveStates(
        Map.of(
            account,
            new TokenStates(
                Map.of(
                    token,
                    new Health(0, Map.of(Scope.ALL, new Cooldown(1, NOW.plusSeconds(60))), null)),
                Map.of())),
        NOW,
        epochs);

    assertThat(store.load(account).position().turn()).isEqualTo(5);
    assertThat(store.load(account).health()).isEmpty();
  }

  /** On one server by a lock; on a cluster by a change that collides with the next owner's. */
  @Test
  void whoSavesIsInTheWayOfTheNextOwnerUntilItIsSaved() throws Exception {
    Epochs epochs = owner("saves:1").epochs();
    int partition = Partitions.of("fenced");
    long before = saves(partition);
    boolean unused =
        database
            .sql()
            .write(
                context -> {
                  assertThat(SaveFence.owned(context, Map.of(new AccountId("fenced"), 1), epochs))
                      .hasSize(1);
                  return assertThat(isLocked(partition)).isTrue() != null;
                });

    assertThat(isLocked(partition)).isFalse();
    assertThat(saves(partition)).isEqualTo(before + 1);
  }

  private long saves(int partition) {
    return database
        .sql()
        .read(
            context ->
                ((Number)
                        context.fetchValue(
                            "select saves from fleet_partition where partition_id = " + partition))
                    .longValue());
  }

  private boolean isLocked(int partition) {
    try (Connection connection = TestDatabase.connect(settings);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      boolean unused =
          statement.execute(
              "select * from fleet_partition where partition_id = %d for update nowait"
                  .formatted(partition));
      return false;
    } catch (SQLException e) {
      return true;
    }
  }

  private static Position position(long turn, TokenId last) {
    return new Position(turn, List.of(new Mark(1, last, 0)));
  }

  private FleetMember owner(String address) throws AddressTakenException {
    FleetMember member =
        new FleetMember(
            fleet,
            new FleetSettings(Duration.ofSeconds(1), TTL, FleetSettings.OnSplit.REFUSE),
            "1",
            () -> "owner",
            new Nobody(),
            System::nanoTime);
    member.advertise(address);
    assertThat(member.tryJoin()).isZero();
    long unused = member.step();
    assertThat(member.ownerOf("fenced")).isInstanceOf(Owner.Here.class);
    return member;
  }

  /** Has nothing to save. */
  private static final class Nobody implements OwnershipListener {
    @Override
    public void gained(List<Owner.Here> partitions) {}

    @Override
    public CompletionStage<Boolean> stopped(List<Owner.Here> partitions) {
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public void resumed(List<Owner.Here> partitions) {}

    @Override
    public void lost(List<Owner.Here> partitions) {}
  }

  @Test
  void anotherNumberOfPartitionsIsRefused() {
    byHand("update fleet set partitions = 512");
    try {
      assertThatThrownBy(() -> fleet.join(member("a")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("512");
    } finally {
      byHand("update fleet set partitions = 1024");
    }
  }

  @Test
  void whatTheFleetGivesUpCostsNobodyElseTheirConnection() throws Exception {
    fleet.join(member("a"));
    long before = connection();
    try (Database beside = database.beside(1);
        Connection keeper = TestDatabase.connect(settings);
        Statement statement = keeper.createStatement()) {
      SqlFleetStore impatient =
          new SqlFleetStore(beside, Optional.of(Duration.ofSeconds(1)), clock);
      keeper.setAutoCommit(false);
      boolean unused =
          statement.execute("select * from fleet_member where member_id = 'a' for update");
      assertThatThrownBy(() -> impatient.renew("a")).has(because(FailureReason.STORE_UNAVAILABLE));
      keeper.rollback();

      assertThat(impatient.renew("a")).isTrue();
    }
    assertThat(connection()).isEqualTo(before);
  }

  /** Of those of the store, the one that is used next. */
  private long connection() {
    return database
        .sql()
        .read(context -> ((Number) context.fetchValue("select connection_id()")).longValue());
  }
}
