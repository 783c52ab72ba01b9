package io.tokenbroker.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.fleet.FleetStore.AddressTakenException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FleetMemberTest {
  private static final int SEEDS = 20;

  /** Some minutes of whatever can go wrong, and then some seconds of rest. */
  private static Simulation chaos(long seed, Referee referee, boolean stops) {
    Simulation fleet = new Simulation(seed, referee, stops);
    for (int i = 0; i < 3; i++) {
      fleet.add();
    }
    fleet.run(Duration.ofSeconds(3));
    fleet.faults = true;
    for (int i = 0; i < 40; i++) {
      switch (fleet.random.nextInt(8)) {
        case 0 -> fleet.crash();
        case 1, 2 -> {
          if (fleet.brokers().size() < 6) {
            fleet.add();
          }
        }
        case 3 -> fleet.leave();
        case 4, 5 -> fleet.rumour();
        default -> fleet.cut();
      }
      fleet.run(Duration.ofSeconds(4));
    }
    fleet.faults = false;
    fleet.run(Duration.ofSeconds(25));
    return fleet;
  }

  @Test
  void nobodyOwnsWhatAnotherOneOwnsWhateverHappens() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Simulation fleet = chaos(seed, new Referee(), false);

      assertThat(IntStream.range(0, 24).mapToObj(fleet::owner))
          .as("each partition has an owner again, seed %d", seed)
          .doesNotContainNull();
    }
  }

  /** Each without one of the things that the promise stands on. */
  private enum Broken {
    STRIKES_OFF_WHO_HAS_RENEWED,
    TAKES_WITHOUT_COMPARING,
    HANDS_WITHOUT_COMPARING,
    RENEWS_WHO_WAS_STRUCK_OFF
  }

  private static Referee referee(Broken broken) {
    return new Referee() {
      @Override
      public boolean strikeOff(String member, long beat) {
        return broken == Broken.STRIKES_OFF_WHO_HAS_RENEWED
            ? members.remove(member) != null
            : super.strikeOff(member, beat);
      }

      @Override
      public void take(String member, Collection<Seat> seen) {
        if (broken == Broken.TAKES_WITHOUT_COMPARING) {
          seen.forEach(seat -> give(seats[seat.partition()], member));
        } else {
          super.take(member, seen);
        }
      }

      @Override
      public void hand(Collection<Seat> seen, String to) {
        if (broken == Broken.HANDS_WITHOUT_COMPARING) {
          seen.forEach(seat -> give(seats[seat.partition()], to));
        } else {
          super.hand(seen, to);
        }
      }

      @Override
      public boolean renew(String member) {
        if (broken == Broken.RENEWS_WHO_WAS_STRUCK_OFF) {
          members.computeIfAbsent(
              member, id -> new Member(id, id + ":1", 0, Simulation.SETTINGS.ttl(), false, "", ""));
        }
        return super.renew(member);
      }
    };
  }

  @ParameterizedTest
  @EnumSource
  void aBrokenRefereeIsFoundOut(Broken broken) {
    assertThatThrownBy(
            () -> {
              for (long seed = 0; seed < SEEDS; seed++) {
                chaos(seed, referee(broken), false);
              }
            })
        .isInstanceOf(Simulation.TwoOwners.class);
  }

  /** Why docs/fleet.md says that a clock must go on while a machine is stopped. */
  @Test
  void aClockThatStopsWithItsBrokerIsFoundOut() {
    assertThatThrownBy(
            () -> {
              for (long seed = 0; seed < SEEDS; seed++) {
                chaos(seed, new Referee(), true);
              }
            })
        .isInstanceOf(Simulation.TwoOwners.class);
  }

  @Test
  void membersDivideThePartitionsAndAPlannedMoveRepeatsNoTurn() {
    Referee referee = new Referee();
    Simulation fleet = new Simulation(1, referee, false);
    fleet.add();
    fleet.run(Duration.ofSeconds(3));
    fleet.add();
    fleet.add();
    fleet.run(Duration.ofSeconds(5));

    assertThat(owners(referee).values()).allSatisfy(n -> assertThat(n).isBetween(250L, 440L));

    fleet.leave();
    fleet.run(Duration.ofSeconds(5));

    assertThat(fleet.brokers()).hasSize(2);
    assertThat(owners(referee).values()).allSatisfy(n -> assertThat(n).isBetween(400L, 620L));
    assertThat(referee.handedOut)
        .allSatisfy(
            turns ->
                assertThat(turns)
                    .isEqualTo(LongStream.rangeClosed(1, turns.size()).boxed().toList()));
  }

  private static Map<String, Long> owners(Referee referee) {
    return referee.seats().stream()
        .collect(Collectors.groupingBy(Seat::owner, Collectors.counting()));
  }

  @Test
  void aMemberThatComesMovesItsShareAlone() {
    List<Member> three = members(3);
    List<Member> four = members(4);
    long moved = 0;
    for (int i = 0; i < Partitions.COUNT; i++) {
      Member before = Rendezvous.winner(i, three);
      Member after = Rendezvous.winner(i, four);
      if (!after.equals(before)) {
        assertThat(after).isEqualTo(four.get(3));
        moved++;
      }
    }

    assertThat(moved).isBetween(200L, 320L);
  }

  private static List<Member> members(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new Member(
                    "id" + i, "host-" + i + ":50051", 0, Duration.ofSeconds(5), false, "", ""))
        .toList();
  }

  @Test
  void anAddressThatAnotherOneHasIsRefusedUnlessItIsThatOfACrashedOne() throws Exception {
    AtomicLong time = new AtomicLong();
    Referee referee = new Referee();
    referee.join(new Member("other", "host:1", 0, Duration.ofSeconds(5), false, "", ""));
    FleetMember member = member(referee, time);

    assertThat(member.tryJoin()).isPositive();
    referee.renew("other");
    assertThatThrownBy(member::tryJoin).isInstanceOf(AddressTakenException.class);

    long wait = member.tryJoin();
    for (; wait > 0; wait = member.tryJoin()) {
      time.addAndGet(wait);
    }
    assertThat(time.get()).isGreaterThanOrEqualTo(Duration.ofSeconds(5).toNanos());
    assertThat(referee.members).hasSize(1).containsKey(member.id());
  }

  private static FleetMember member(Referee referee, AtomicLong time) {
    return member(referee, time, CompletableFuture.completedFuture(true));
  }

  /**
   * @param saves tells whether it can save what it is to hand over, once it knows
   */
  private static FleetMember member(
      Referee referee, AtomicLong time, CompletableFuture<Boolean> saves) {
    return member(referee, time, new Nobody(saves, new ArrayList<>()));
  }

  private static FleetMember member(Referee referee, AtomicLong time, OwnershipListener listener) {
    FleetMember member =
        new FleetMember(
            referee,
            Simulation.SETTINGS,
            "",
            () -> "me" + referee.members.size(),
            listener,
            time::get);
    member.advertise("host:1");
    return member;
  }

  @Test
  void aRightCountsFromBeforeItsBrokerJoined() throws Exception {
    AtomicLong time = new AtomicLong();
    Referee slow =
        new Referee() {
          @Override
          public void join(Member member) throws AddressTakenException {
            super.join(member);
            time.addAndGet(Duration.ofMillis(900).toNanos());
          }
        };
    FleetMember member = member(slow, time);
    member.tryJoin();
    member.step();
    Grant grant = member.grantOf("github");

    time.addAndGet(Duration.ofMillis(3_599).toNanos());
    assertThat(grant.state()).isEqualTo(Grant.State.HELD);
    time.addAndGet(Duration.ofMillis(1).toNanos());
    assertThat(grant.state()).isEqualTo(Grant.State.LAPSED);
  }

  @Test
  void aRightEndsWhenAnotherOneOwnsIt() throws Exception {
    Referee referee = new Referee();
    FleetMember member = member(referee, new AtomicLong());
    member.tryJoin();
    member.step();
    Grant grant = member.grantOf("github");
    referee.give(referee.seats[grant.owner().partition()], "another");
    member.step();

    assertThat(grant.state()).isEqualTo(Grant.State.ENDED);
  }

  @Test
  void aRightEndsWhenItsBrokerWasStruckOff() throws Exception {
    Referee referee = new Referee();
    FleetMember member = member(referee, new AtomicLong());
    member.tryJoin();
    member.step();
    Grant grant = member.grantOf("github");
    referee.members.clear();
    member.step();

    assertThat(grant.state()).isEqualTo(Grant.State.ENDED);
    assertThat(member.grantOf("github")).isNull();
  }

  @Test
  void whatCouldNotBeSavedIsNotHandedOver() throws Exception {
    Referee referee = new Referee();
    FleetMember member =
        member(referee, new AtomicLong(), CompletableFuture.completedFuture(false));
    member.tryJoin();
    member.step();
    stepBesideAnother(member, referee);

    assertThat(referee.seats()).allSatisfy(seat -> assertThat(seat.owner()).isEqualTo(member.id()));
  }

  @Test
  void nothingIsHandedOverBeforeItIsSaved() throws Exception {
    Referee referee = new Referee();
    CompletableFuture<Boolean> saves = new CompletableFuture<>();
    FleetMember member = member(referee, new AtomicLong(), saves);
    member.tryJoin();
    member.step();
    stepBesideAnother(member, referee);

    assertThat(referee.seats()).allSatisfy(seat -> assertThat(seat.owner()).isEqualTo(member.id()));
    saves.complete(true);
    member.step();
    assertThat(referee.seats()).anySatisfy(seat -> assertThat(seat.owner()).isEqualTo("other"));
  }

  private static void stepBesideAnother(FleetMember member, Referee referee) throws Exception {
    referee.join(new Member("other", "other:1", 0, Duration.ofSeconds(5), false, "", ""));
    for (int i = 0; i < 4; i++) {
      member.step();
    }
  }

  @Test
  void whatComesBackBeforeItHasGoneIsLostAllTheSame() throws Exception {
    Referee referee = new Referee();
    CompletableFuture<Boolean> saves = new CompletableFuture<>();
    List<Owner.Here> lost = new ArrayList<>();
    FleetMember member = member(referee, new AtomicLong(), new Nobody(saves, lost));
    member.tryJoin();
    member.step();
    stepBesideAnother(member, referee); // some are on their way
    referee.leaving("other");
    member.step();
    saves.complete(true);
    member.step();

    assertThat(lost).hasSize(FleetMember.BATCH);
    assertThat(lost)
        .allSatisfy(
            owner -> {
              assertThat(owner.epoch()).isEqualTo(1);
              assertThat(member.epochs().of(owner.partition())).isEqualTo(2);
            });
  }

  /** Has little to tell. */
  private record Nobody(CompletableFuture<Boolean> saves, List<Owner.Here> gone)
      implements OwnershipListener {
    @Override
    public void gained(List<Owner.Here> partitions) {}

    @Override
    public CompletionStage<Boolean> stopped(List<Owner.Here> partitions) {
      return saves;
    }

    @Override
    public void resumed(List<Owner.Here> partitions) {}

    @Override
    public void lost(List<Owner.Here> partitions) {
      gone.addAll(partitions);
    }
  }

  @Test
  void aPeerThatKnowsANewerEpochEndsARightAtOnceAndAFalseOneCostsNothingForGood() throws Exception {
    AtomicLong time = new AtomicLong();
    FleetMember member = member(new Referee(), time);
    member.tryJoin();
    member.step();
    Owner.Here owner = (Owner.Here) member.ownerOf("github");
    Grant grant = member.grantOf("github");

    member.moved(owner.partition(), Long.MAX_VALUE, "elsewhere:1");

    assertThat(grant.state()).isEqualTo(Grant.State.ENDED);

    assertThat(member.ownerOf("github"))
        .isEqualTo(new Owner.At("elsewhere:1", owner.partition(), Long.MAX_VALUE));
    member.step();
    assertThat(member.ownerOf("github"))
        .isEqualTo(new Owner.Here(owner.partition(), owner.epoch() + 1));
  }

  /** As when the database refuses to save something, and does not say whose it is. */
  @Test
  void aNewerEpochEndsARightAlsoIfNobodySaysWhoseItIs() throws Exception {
    AtomicLong time = new AtomicLong();
    FleetMember member = member(new Referee(), time);
    member.tryJoin();
    member.step();
    Owner.Here owner = (Owner.Here) member.ownerOf("github");
    Grant grant = member.grantOf("github");

    member.moved(owner.partition(), owner.epoch() + 1, "");

    assertThat(grant.state()).isEqualTo(Grant.State.ENDED);
  }

  @Test
  void aRightCountsFromBeforeItWasAskedForAndEndsByItself() throws Exception {
    AtomicLong time = new AtomicLong();
    Referee slow =
        new Referee() {
          @Override
          public boolean renew(String member) {
            time.addAndGet(Duration.ofSeconds(2).toNanos());
            return super.renew(member);
          }
        };
    FleetMember member = member(slow, time);
    member.tryJoin();
    time.addAndGet(Duration.ofSeconds(1).toNanos());
    member.step();
    Grant grant = member.grantOf("github");

    time.addAndGet(Duration.ofMillis(2_499).toNanos());
    assertThat(grant.state()).isEqualTo(Grant.State.HELD);
    time.addAndGet(Duration.ofMillis(1).toNanos());
    assertThat(grant.state()).isEqualTo(Grant.State.LAPSED);
    assertThat(member.ownerOf("github")).as("nobody else answers for it").isEqualTo(grant.owner());
    assertThat(member.isCertain(grant.owner().partition())).isFalse();

    member.step();
    assertThat(grant.state()).as("nobody was the owner meanwhile").isEqualTo(Grant.State.HELD);
  }
}
