package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.LeaseGranted;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams whose account another broker owns, and one after the other. */
final class ForwardedStreamsTest {
  private static final String ACME = "acme";

  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final List<TestMember> members = new ArrayList<>();
  private TestMember first;
  private TestMember second;
  private TestMember entry;

  @BeforeEach
  void start() throws Exception {
    first = member(new TestBroker());
    second = member(new TestBroker(first.broker));
    entry = member(new TestBroker(first.broker));
    first.broker.store.put(ACME, "s1", "s2", "s3");
    members.forEach(one -> one.believes(ACME, first, 1));
  }

  private TestMember member(TestBroker broker) throws Exception {
    TestMember member = new TestMember(broker, keys, false, Duration.ofSeconds(30));
    members.add(member);
    return member;
  }

  @AfterEach
  void stop() {
    for (int i = members.size() - 1; i >= 0; i--) {
      members.get(i).close();
    }
  }

  /** As a planned move goes; the entry hears of it by itself. */
  private void move(TestMember from, TestMember to, long epoch) {
    from.leave(ACME, to, epoch);
    to.believes(ACME, to, epoch);
  }

  private Reader<StreamTokensRequest, StreamTokensResponse> open(StreamTokensRequest request) {
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    ClientCalls.asyncServerStreamingCall(
        entry.channel().newCall(TokenBrokerGrpc.getStreamTokensMethod(), CallOptions.DEFAULT),
        request,
        reader);
    return reader;
  }

  private static StreamTokensRequest.Builder stream() {
    return StreamTokensRequest.newBuilder().setAccount(ACME).setBatchSize(10);
  }

  private static List<Long> numbers(List<Turn> turns) {
    return turns.stream().map(Turn::getNumber).toList();
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void turnsComeInTheirOrder() throws Exception {
    var reader = open(stream().setLimit(100).build());
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      turns.addAll(reader.next().getTurnsList());
    }
    assertThat(reader.end()).isEmpty();
    assertThat(numbers(turns)).isEqualTo(upTo(100));
    assertThat(entry.seen).isEmpty();
  }

  @Test
  void aReaderThatDoesNotReadHoldsBackTheOwner() throws Exception {
    first.broker.store.put("large", "x".repeat(4_000));
    members.forEach(one -> one.believes("large", first, 1));
    var reader =
        open(StreamTokensRequest.newBuilder().setAccount("large").setBatchSize(10).build());
    assertThat(reader.next().getTurnsCount()).isPositive();
    AccountId account = new AccountId("large");
    long[] before = {-1};
    int[] same = {0};
    Eventually.until(
        "no more turns are made",
        () -> {
          long turn = first.broker.table.state(account, 0).orElseThrow().turn();
          same[0] = turn == before[0] ? same[0] + 1 : 0;
          before[0] = turn;
          return same[0] == 50;
        });
    // windows and buffers of two connections: not what an open tap gives
    assertThat(before[0] * 4_000).isLessThan(4 << 20);
    assertThat(reader.next().getTurnsCount()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"forwarded", "here"})
  void aStreamGoesOnWithTheNextOwnerWhereItWas(String where) throws Exception {
    TestMember to = where.equals("here") ? entry : second;
    var reader = open(stream().setLimit(60).setDemand(1_000).build());
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      turns.addAll(reader.next().getTurnsList());
    }
    move(first, to, 2);
    while (turns.size() < 60) {
      turns.addAll(reader.next().getTurnsList());
    }
    assertThat(reader.end()).isEmpty();
    assertThat(turns).hasSize(60);
    assertThat(turns.stream().map(Turn::getSecret).distinct().count()).isEqualTo(3);
    // in their order, none twice, none left out
    for (int i = 0; i < 60; i++) {
      assertThat(turns.get(i).getSecret()).isEqualTo("s" + (1 + i % 3));
    }
  }

  @Test
  void whatWasAskedForAndHasNotComeComesFromTheNextOwner() throws Exception {
    var reader = open(stream().setDemand(15).setStreamId("mine").build());
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    assertThat(reader.next().getTurnsCount()).isEqualTo(5);
    move(first, second, 2);
    Eventually.until("it is there", () -> second.broker.streams.size() == 1);
    assertThat(more(entry, 7)).isEqualTo(7);
    assertThat(reader.next().getTurnsCount()).isEqualTo(7);
    assertThat(second.broker.streams.size()).isEqualTo(1);
  }

  @Test
  void moreThatWasAskedForThroughAnotherBrokerIsNotForgotten() throws Exception {
    var reader = open(stream().setDemand(10).setStreamId("mine").build());
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    first.believes(ACME, first, 1);
    // by a broker that the stream does not come through, while no token is ready
    var lease = lease(first, 3);
    assertThat(more(first, 4)).isEqualTo(4);
    move(first, second, 2);
    Eventually.until("it is there", () -> second.broker.streams.size() == 1);
    release(lease);
    assertThat(reader.next().getTurnsCount()).isEqualTo(4);
  }

  private List<io.tokenbroker.v1.Lease> lease(TestMember member, int count) {
    List<io.tokenbroker.v1.Lease> leases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      leases.add(
          member
              .calls()
              .acquireLease(
                  io.tokenbroker.v1.AcquireLeaseRequest.newBuilder()
                      .setAccount(ACME)
                      .setHolder("h")
                      .build())
              .getLease());
    }
    return leases;
  }

  private void release(List<io.tokenbroker.v1.Lease> leases) {
    for (var lease : leases) {
      var unused =
          second
              .calls()
              .releaseLease(
                  io.tokenbroker.v1.ReleaseLeaseRequest.newBuilder()
                      .setLeaseId(lease.getLeaseId())
                      .setFencingNumber(lease.getFencingNumber())
                      .build());
    }
  }

  private static long more(TestMember member, long count) {
    return member
        .calls()
        .requestTurns(
            RequestTurnsRequest.newBuilder()
                .setAccount(ACME)
                .setStreamId("mine")
                .setCount(count)
                .build())
        .getOutstanding();
  }

  @Test
  void aStreamOutlivesItsOwner() throws Exception {
    var reader = open(stream().setDemand(25).setStreamId("mine").build());
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    assertThat(reader.next().getTurnsCount()).isEqualTo(5);
    assertThat(more(entry, 5)).isEqualTo(5);
    assertThat(reader.next().getTurnsCount()).isEqualTo(5);
    assertThat(more(entry, 5)).isEqualTo(5);
    // no token is ready for it by now, as it were: the reader does not take it before the crash
    first.crash();
    second.believes(ACME, second, 2);
    entry.believes(ACME, second, 2);
    int came = reader.next().getTurnsCount();
    assertThat(came).isEqualTo(5);
  }

  @Test
  void aWatchTellsTheNextOwnersState() throws Exception {
    Reader<WatchAccountRequest, WatchAccountResponse> reader = new Reader<>();
    ClientCalls.asyncServerStreamingCall(
        entry.channel().newCall(TokenBrokerGrpc.getWatchAccountMethod(), CallOptions.DEFAULT),
        WatchAccountRequest.newBuilder().setAccount(ACME).build(),
        reader);
    assertThat(reader.next().getState().getTokensCount()).isEqualTo(3);
    move(first, second, 2);
    assertThat(reader.next().getState().getTokensCount()).isEqualTo(3);
    first.crash();
    assertThat(second.broker.streams.size()).isEqualTo(1);
  }

  @Test
  void leasesStayWithTheirReader() throws Exception {
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = new Reader<>();
    ClientCalls.asyncServerStreamingCall(
        entry.channel().newCall(TokenBrokerGrpc.getStreamLeasesMethod(), CallOptions.DEFAULT),
        StreamLeasesRequest.newBuilder().setAccount(ACME).setHolder("batch").setWindow(2).build(),
        reader);
    LeaseGranted one = reader.next().getGranted();
    LeaseGranted two = reader.next().getGranted();
    move(first, second, 2);
    LeaseGranted again = reader.next().getGranted();
    LeaseGranted other = reader.next().getGranted();
    assertThat(List.of(again.getKept(), other.getKept())).containsExactly(true, true);
    assertThat(List.of(again.getLease().getLeaseId(), other.getLease().getLeaseId()))
        .containsExactlyInAnyOrder(one.getLease().getLeaseId(), two.getLease().getLeaseId());
    assertThat(again.getLease().getFencingNumber())
        .isIn(one.getLease().getFencingNumber(), two.getLease().getFencingNumber());
    assertThat(first.broker.leaseStore.live()).hasSize(2);
  }

  @Test
  void aCallerThatGoesEndsTheStreamOfTheOwner() throws Exception {
    var reader = open(stream().build());
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    assertThat(first.broker.streams.size()).isEqualTo(1);
    reader.call().cancel("enough", null);
    Eventually.until("it is gone", () -> first.broker.streams.size() == 0);
  }

  @Test
  void aBrokerThatStopsEndsWhatItForwards() throws Exception {
    var reader = open(stream().setDemand(10).setStreamId("mine").build());
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    Thread stopping = new Thread(entry::drain);
    stopping.start();
    Optional<Throwable> end = reader.end();
    assertThat(Failure.of(end.orElseThrow()).reason()).isEqualTo("SHUTTING_DOWN");
    stopping.join();
    Eventually.until("it is gone", () -> first.broker.streams.size() == 0);
    assertThat(
            first
                .calls()
                .nextToken(NextTokenRequest.newBuilder().setAccount(ACME).build())
                .hasTurn())
        .isTrue();
  }

  @Test
  void revokedCallersLoseTheirStreamsAtTheEntry() throws Exception {
    TestMember guarded = new TestMember(new TestBroker(first.broker), keys, true, Duration.ZERO);
    members.add(guarded);
    guarded.believes(ACME, first, 1);
    var key = guarded.broker.keys.create("nightly", Optional.empty()).join();
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    ClientCalls.asyncServerStreamingCall(
        guarded
            .channel()
            .newCall(
                TokenBrokerGrpc.getStreamTokensMethod(),
                CallOptions.DEFAULT.withCallCredentials(GuardedServer.bearer(key.text()))),
        stream().setDemand(10).setStreamId("mine").build(),
        reader);
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    var unused = guarded.broker.keys.revokeByName("nightly").join();
    guarded.server().recheckWaits();
    assertThat(Status.fromThrowable(reader.end().orElseThrow()).getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    Eventually.until("it is gone", () -> first.broker.streams.size() == 0);
  }
}
