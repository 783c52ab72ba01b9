package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import com.google.protobuf.FieldMask;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Brokers of a fleet of which each answers for all accounts. */
class FleetForwardingIT {
  private static final List<String> ACCOUNTS = names("account");
  private static final List<String> OTHERS = names("other");
  private static final Pattern HTTP = Pattern.compile("127\\.0\\.0\\.1:[1-9][0-9]*");
  private static final Metadata.Key<String> OWNER =
      Metadata.Key.of("tokenbroker-owner", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> SPLIT =
      Metadata.Key.of("tokenbroker-split", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path directory;
  @RegisterExtension final BrokerLogs brokers = new BrokerLogs();
  private static DatabaseServer server;

  private static List<String> names(String kind) {
    return IntStream.range(0, 40).mapToObj(i -> kind + "-" + i).toList();
  }

  @BeforeAll
  static void launch() {
    server = DatabaseServer.launch(Product.MARIADB);
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  private static Map<String, String> settings(String database) throws SQLException {
    return OwnDatabase.settings(
        OwnDatabase.withPassword(server, database),
        Map.of("FLEET_ADVERTISE", "auto", "LISTEN_HTTP", "127.0.0.1:0"));
  }

  private Broker start(Map<String, String> settings) throws InterruptedException {
    return brokers.start(directory, settings);
  }

  private static void add(Caller caller, List<String> accounts) {
    for (String account : accounts) {
      List<String> unused = caller.add(account, 3, 1);
    }
  }

  private static Map<String, String> owners(Caller caller, List<String> accounts) {
    return FleetOwners.of(caller, accounts);
  }

  private static void awaitShares(Caller caller, int brokers) {
    FleetOwners.awaitShares(caller, ACCOUNTS, brokers);
  }

  /** A turn, and what was told behind it. */
  private record Answer(Turn turn, Metadata trailers) {}

  private static Answer next(Caller caller, String account) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    Turn turn =
        caller
            .data()
            .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
            .nextToken(Caller.request(account))
            .getTurn();
    return new Answer(turn, trailers.get());
  }

  @Test
  void answersAreThoseOfOneBrokerWhoeverIsAsked() throws Exception {
    Map<String, String> settings = settings("asked");
    try (Broker one = start(settings);
        Broker two = start(settings);
        Broker three = start(settings);
        Caller first = one.caller();
        Caller second = two.caller();
        Caller third = three.caller()) {
      add(first, ACCOUNTS);
      awaitShares(first, 3);
      List<Caller> callers = List.of(first, second, third);
      Map<String, String> owners = owners(second, ACCOUNTS);
      for (String account : ACCOUNTS) {
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          Answer answer = next(callers.get(i * 2 % 3), account);
          turns.add(answer.turn);
          assertThat(answer.trailers.get(OWNER)).isEqualTo(owners.get(account));
        }
        callers.forEach(caller -> turns.addAll(streamed(caller, account, 6)));
        for (Broker broker : List.of(two, one, three)) {
          turns.add(overHttp(broker, account));
        }
        assertInTurn(turns);
      }
      for (String account : ACCOUNTS) {
        assertThat(leaseOf(callers, account)).isTrue();
      }
    }
  }

  private static List<Turn> streamed(Caller caller, String account, int count) {
    StreamTokensRequest request =
        StreamTokensRequest.newBuilder()
            .setAccount(account)
            .setBatchSize(2)
            .setLimit(count)
            .build();
    List<Turn> turns = new ArrayList<>();
    Iterator<StreamTokensResponse> answers = caller.data().streamTokens(request);
    answers.forEachRemaining(answer -> turns.addAll(answer.getTurnsList()));
    assertThat(turns).hasSize(count);
    return turns;
  }

  private static Turn overHttp(Broker broker, String account) {
    Matcher address = HTTP.matcher(broker.log().firstWith("\"serving HTTP\"").orElseThrow());
    assertThat(address.find()).isTrue();
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://" + address.group() + "/tokenbroker.v1.TokenBroker/NextToken"))
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString("{\"account\":\"" + account + "\"}"))
            .build();
    String body =
        HttpClient.newHttpClient().sendAsync(request, BodyHandlers.ofString()).join().body();
    var turn = JsonParser.parseString(body).getAsJsonObject().getAsJsonObject("turn");
    return Turn.newBuilder()
        .setNumber(turn.get("number").getAsLong())
        .setTokenId(turn.get("tokenId").getAsString())
        .build();
  }

  /** Each token in turn, and no number twice or left out. */
  private static void assertInTurn(List<Turn> turns) {
    for (int i = 0; i < turns.size(); i++) {
      assertThat(turns.get(i).getNumber()).isEqualTo(i + 1);
      if (i >= 3) {
        assertThat(turns.get(i).getTokenId()).isEqualTo(turns.get(i - 3).getTokenId());
      }
    }
    assertThat(turns.subList(0, 3).stream().map(Turn::getTokenId)).doesNotHaveDuplicates();
  }

  /** Acquired at one broker, renewed at another one, released at the third. */
  private static boolean leaseOf(List<Caller> callers, String account) {
    Lease lease =
        callers
            .get(0)
            .data()
            .acquireLease(
                AcquireLeaseRequest.newBuilder().setAccount(account).setHolder("h").build())
            .getLease();
    Lease renewed =
        callers
            .get(1)
            .data()
            .renewLease(
                RenewLeaseRequest.newBuilder()
                    .setLeaseId(lease.getLeaseId())
                    .setFencingNumber(lease.getFencingNumber())
                    .build())
            .getLease();
    assertThat(renewed.getTokenId()).isEqualTo(lease.getTokenId());
    for (int i = 0; i < 4; i++) {
      assertThat(next(callers.get(i % 3), account).turn.getTokenId())
          .isNotEqualTo(lease.getTokenId());
    }
    return !callers
        .get(2)
        .data()
        .releaseLease(
            ReleaseLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .build())
        .getAlreadyEnded();
  }

  /** Calls, each after the one before, and a stream; every turn must come, and be the next one. */
  private static final class Readers implements AutoCloseable {
    final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    final AtomicLong answers = new AtomicLong();
    final AtomicLong streamed = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Of accounts that nobody else uses, through these brokers by turns. */
    void call(List<Caller> callers, List<String> accounts) {
      threads.execute(
          () -> {
            Map<String, Long> newest = new HashMap<>();
            for (int i = 0; !over.get(); i++) {
              String account = accounts.get(i % accounts.size());
              try {
                long number = callers.get(i % callers.size()).next(account).getNumber();
                Long before = newest.put(account, number);
                if (before != null && number != before + 1) {
                  failures.add(new AssertionError(account + ": " + number + " after " + before));
                }
              } catch (RuntimeException e) {
                failures.add(e);
              }
              answers.incrementAndGet();
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
          });
    }

    void stream(Caller caller, String account) {
      caller
          .streams()
          .streamTokens(
              StreamTokensRequest.newBuilder().setAccount(account).setBatchSize(1).build(),
              new StreamObserver<>() {
                private long newest;

                @Override
                public void onNext(StreamTokensResponse batch) {
                  for (Turn turn : batch.getTurnsList()) {
                    if (turn.getNumber() <= newest) {
                      onError(new AssertionError(turn.getNumber() + " after " + newest));
                    }
                    newest = turn.getNumber();
                  }
                  streamed.incrementAndGet();
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                }

                @Override
                public void onError(Throwable failure) {
                  if (!over.get()) {
                    failures.add(failure);
                  }
                }

                @Override
                public void onCompleted() {
                  onError(new AssertionError("a stream without an end has ended"));
                }
              });
    }

    /** Until so much more has come. */
    void goOn(int calls, int messages) {
      long enough = answers.get() + calls;
      long much = streamed.get() + messages;
      Eventually.until(
          "more has come",
          () -> !failures.isEmpty() || (answers.get() >= enough && streamed.get() >= much));
      assertThat(failures).isEmpty();
    }

    @Override
    public void close() {
      over.set(true);
      threads.shutdown();
      Eventually.until("all have ended", threads::isTerminated);
    }
  }

  @Test
  void plannedMovesFailNoCallAndEndNoStream() throws Exception {
    Map<String, String> settings = settings("moved");
    try (Broker one = start(settings);
        Broker two = start(settings);
        Caller first = one.caller()) {
      add(first, ACCOUNTS);
      add(first, OTHERS);
      awaitShares(first, 2);
      try (Readers readers = new Readers()) {
        readers.call(List.of(first), ACCOUNTS);
        OTHERS.forEach(account -> readers.stream(first, account));
        readers.goOn(100, 100);
        try (Broker three = start(settings);
            Caller third = three.caller()) {
          awaitShares(third, 3);
          readers.goOn(100, 100);
          two.terminate();
          assertThat(two.awaitExit()).isZero();
          awaitShares(third, 2);
          readers.goOn(100, 100);
          three.terminate();
          assertThat(three.awaitExit()).isZero();
        }
        awaitShares(first, 1);
        readers.goOn(100, 100);
      }
    }
  }

  @Test
  void aCrashedBrokersAccountsAreServedMeanwhileAndThenByTheOthers() throws Exception {
    Map<String, String> settings = settings("crash");
    try (Broker one = start(settings);
        Broker two = start(settings);
        Broker three = start(settings);
        Caller first = one.caller()) {
      add(first, ACCOUNTS);
      add(first, OTHERS);
      OTHERS.forEach(account -> limit(first, account));
      awaitShares(first, 3);
      List<String> gone = ownedBy(first, ACCOUNTS, three);
      List<String> limited = ownedBy(first, OTHERS, three);
      ACCOUNTS.forEach(account -> assertThat(next(first, account).turn.getNumber()).isOne());
      three.kill();
      long killed = System.nanoTime();

      // each for itself until it is known who owns them; and nobody is refused
      for (String account : gone) {
        Metadata trailers = next(first, account).trailers;
        assertThat(List.of(told(trailers, SPLIT), told(trailers, OWNER)))
            .containsAnyOf(three.endpoint(), one.endpoint(), two.endpoint());
      }
      assertThat(leaseOf(List.of(first, first, first), gone.get(0))).isTrue();
      for (String account : gone) {
        Eventually.until(
            account + " has an owner again",
            () -> !told(next(first, account).trailers, OWNER).isEmpty());
      }
      for (String account : limited) {
        Eventually.until(account + " is served again", () -> isServed(first, account));
      }
      System.out.printf(
          "a crashed broker's accounts are served by their owners %d ms later%n",
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed));
      try (Caller second = two.caller()) {
        for (String account : gone) {
          long number = next(first, account).turn.getNumber();
          assertThat(next(second, account).turn.getNumber()).isEqualTo(number + 1);
        }
      }
    }
  }

  private static List<String> ownedBy(Caller caller, List<String> accounts, Broker broker) {
    return FleetOwners.ownedBy(caller, accounts, broker);
  }

  private static String told(Metadata trailers, Metadata.Key<String> key) {
    String value = trailers.get(key);
    return value == null ? "" : value;
  }

  private static boolean isServed(Caller caller, String account) {
    try {
      Turn unused = caller.next(account);
      return true;
    } catch (StatusRuntimeException e) {
      assertThat(Failures.text(e)).isEqualTo("UNAVAILABLE NOT_OWNER");
      return false;
    }
  }

  private static void limit(Caller caller, String account) {
    TokenLimits limits =
        TokenLimits.newBuilder()
            .addRates(
                RateLimit.newBuilder()
                    .setCount(1000)
                    .setWindow(com.google.protobuf.Duration.newBuilder().setSeconds(3600)))
            .build();
    var unused =
        caller
            .admin()
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount(account)
                    .setSettings(AccountSettings.newBuilder().setTokenLimits(limits))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("token_limits"))
                    .build());
  }
}
