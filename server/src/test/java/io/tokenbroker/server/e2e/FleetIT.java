package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.BrokerErrors;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.GetFleetRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.ReportOutcomeResponse;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Brokers on one database that divide the accounts among them. */
class FleetIT {
  private static final List<String> ACCOUNTS =
      IntStream.range(0, 30).mapToObj(i -> "account-" + i).toList();

  private static final List<String> LIMITED =
      IntStream.range(0, 30).mapToObj(i -> "limited-" + i).toList();

  @TempDir Path directory;
  @RegisterExtension final BrokerLogs brokers = new BrokerLogs();
  private static DatabaseServer server;

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

  /** Whoever owns an account, as the brokers tell. */
  private static final class Fleet implements AutoCloseable {
    private final Map<String, Caller> callers = new ConcurrentHashMap<>();
    private final String first;
    private final Map<String, String> owners = new ConcurrentHashMap<>();

    Fleet(String first) {
      this.first = first;
    }

    interface Call<T> {
      T of(Caller caller);
    }

    /** Follows NOT_OWNER until a broker answers. */
    <T> T call(String account, Call<T> call) {
      AtomicBoolean done = new AtomicBoolean();
      List<T> answer = new ArrayList<>();
      Eventually.until(
          account + " is served",
          () -> {
            try {
              String at = owners.getOrDefault(account, first);
              answer.add(call.of(callers.computeIfAbsent(at, Caller::new)));
              done.set(true);
            } catch (StatusRuntimeException e) {
              follow(account, e);
            }
            return done.get();
          });
      return answer.get(0);
    }

    private void follow(String account, StatusRuntimeException e) {
      String text = Failures.text(e);
      // a broker that has gone, or is going, served nobody
      assertThat(text).matches("UNAVAILABLE( NOT_OWNER| SHUTTING_DOWN)?");
      String owner = BrokerErrors.metadata(e, "owner").orElse("");
      if (owner.isEmpty()) {
        owners.remove(account);
      } else {
        owners.put(account, owner);
      }
    }

    Turn next(String account) {
      return call(account, caller -> caller.next(account));
    }

    /** How many accounts each broker owns; of the partitions that nobody owns "". */
    Map<String, Integer> shares() {
      Map<Integer, String> byPartition = new HashMap<>();
      callers
          .computeIfAbsent(first, Caller::new)
          .admin()
          .getFleet(GetFleetRequest.getDefaultInstance())
          .getPartitionsList()
          .forEach(each -> byPartition.put(each.getPartition(), each.getOwner()));
      Map<String, Integer> shares = new TreeMap<>();
      for (String account : ACCOUNTS) {
        shares.merge(byPartition.getOrDefault(Partitions.of(account), ""), 1, Integer::sum);
      }
      return shares;
    }

    @Override
    public void close() {
      callers.values().forEach(Caller::close);
    }
  }

  /** Takes turns of all accounts, round and round, and sees that each number comes once. */
  private static final class Numbers {
    private final Map<String, Long> newest = new HashMap<>();

    void round(Fleet fleet) {
      for (String account : ACCOUNTS) {
        long number = fleet.next(account).getNumber();
        Long before = newest.put(account, number);
        if (before != null) {
          assertThat(number).as("turn of %s", account).isEqualTo(before + 1);
        }
      }
    }
  }

  private static Map<String, String> settings(DatabaseSettings database) {
    return OwnDatabase.settings(database, Map.of("FLEET_ADVERTISE", "auto"));
  }

  @Test
  void brokersThatComeAndGoRepeatNoTurnAndKeepWhatWasReported() throws Exception {
    Map<String, String> settings = settings(OwnDatabase.withPassword(server, "planned"));
    Numbers numbers = new Numbers();
    try (Broker first = brokers.start(directory, settings);
        Fleet fleet = new Fleet(first.endpoint())) {
      try (Caller caller = first.caller()) {
        for (String account : ACCOUNTS) {
          List<String> unused = caller.add(account, 3, 1);
        }
        addLimited(caller);
      }
      numbers.round(fleet);
      for (String account : LIMITED) {
        assertThat(take(fleet, account)).isEqualTo("turn");
        assertThat(take(fleet, account)).isEqualTo("turn");
      }
      String cooled = fleet.next("account-0").getTokenId();
      numbers.newest.clear();
      fleet.call(
          "account-0",
          caller ->
              caller
                  .data()
                  .reportOutcome(
                      ReportOutcomeRequest.newBuilder()
                          .setAccount("account-0")
                          .setTokenId(cooled)
                          .setReport(
                              Report.newBuilder()
                                  .setOutcome(Outcome.OUTCOME_RATE_LIMITED)
                                  .setRetryAfter(
                                      com.google.protobuf.Duration.newBuilder().setSeconds(600)))
                          .build()));
      try (Broker second = brokers.start(directory, settings);
          Broker third = brokers.start(directory, settings)) {
        Eventually.until(
            "each has its share",
            () -> {
              numbers.round(fleet);
              return second.log().countWith("\"partitions gained\"") > 0
                  && third.log().countWith("\"partitions gained\"") > 0;
            });
        for (int i = 0; i < 50; i++) {
          numbers.round(fleet);
        }
        numbers.newest.clear();
        assertThat(fleet.shares()).hasSize(3);
        second.terminate();
        for (int i = 0; i < 50; i++) {
          numbers.round(fleet);
        }
        assertThat(second.awaitExit()).isZero();
        for (int i = 0; i < 10; i++) {
          numbers.round(fleet);
          assertThat(fleet.next("account-0").getTokenId()).isNotEqualTo(cooled);
          numbers.newest.clear();
        }
        numbers.newest.clear();
        assertThat(fleet.shares()).hasSize(2);
        for (String account : LIMITED) {
          assertThat(take(fleet, account)).as("the third of three").isEqualTo("turn");
          assertThat(take(fleet, account)).isEqualTo("RESOURCE_EXHAUSTED TOKENS_COOLING");
        }
      }
    }
  }

  /** Accounts of a token each that has three turns an hour. */
  private static void addLimited(Caller caller) {
    addLimited(
        caller,
        TokenLimits.newBuilder()
            .addRates(
                RateLimit.newBuilder()
                    .setCount(3)
                    .setWindow(com.google.protobuf.Duration.newBuilder().setSeconds(3600)))
            .build());
  }

  /** Accounts of a token each. */
  private static void addLimited(Caller caller, TokenLimits limits) {
    for (String account : LIMITED) {
      List<String> unused = caller.add(account, 1, 1);
      var unusedAnswer =
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

  private static String take(Fleet fleet, String account) {
    return fleet.call(
        account,
        caller -> {
          try {
            Turn unused = caller.next(account);
            return "turn";
          } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED) {
              return Failures.text(e);
            }
            throw e;
          }
        });
  }

  @Test
  void aCrashedBrokersAccountsAreServedByTheOthersAndBadOnesAreRefused() throws Exception {
    DatabaseSettings database = OwnDatabase.withPassword(server, "crashed");
    Map<String, String> settings = settings(database);
    try (Broker first = brokers.start(directory, settings);
        Broker second = brokers.start(directory, settings);
        Fleet fleet = new Fleet(first.endpoint())) {
      try (Caller caller = first.caller()) {
        for (String account : ACCOUNTS) {
          List<String> unused = caller.add(account, 3, 1);
        }
      }
      Eventually.until("both have a share", () -> fleet.shares().size() == 2);

      Cli.Result told = second.cli("fleet", "--json");
      assertThat(told.json())
          .extracting(member -> member.get("address").getAsString())
          .containsExactlyInAnyOrder(first.endpoint(), second.endpoint());
      assertThat(second.cli("fleet", "--moves", "5").outLines()).hasSize(6);

      Map<String, String> same = new HashMap<>(settings);
      same.put("FLEET_ADVERTISE", first.endpoint());
      assertThat(refusal(same)).contains("has the address " + first.endpoint());
      assertThat(refusal(OwnDatabase.settings(database, Map.of()))).contains("are a fleet");
      assertThat(refusal(Map.of("FLEET_ADVERTISE", "auto"))).contains("needs database.url");

      second.kill();
      long killed = System.nanoTime();
      Eventually.until("one has all", () -> fleet.shares().size() == 1);
      System.out.printf(
          "a crashed broker's accounts are served %d ms later%n",
          (System.nanoTime() - killed) / 1_000_000);
    }
  }

  @Test
  void aCrashForgetsNoTurnThatWasTakenOfALimit() throws Exception {
    Map<String, String> settings = settings(OwnDatabase.withPassword(server, "used"));
    try (Broker first = brokers.start(directory, settings);
        Broker second = brokers.start(directory, settings);
        Caller operator = first.caller();
        Caller asked = second.caller();
        Fleet fleet = new Fleet(first.endpoint())) {
      addLimited(operator);
      FleetOwners.awaitShares(operator, LIMITED, 2);
      List<String> its = FleetOwners.ownedBy(operator, LIMITED, second);
      for (int i = 0; i < 2; i++) {
        its.forEach(account -> assertThat(asked.next(account).getSecret()).isNotEmpty());
      }
      second.kill();

      for (String account : its) {
        assertThat(take(fleet, account)).as("the third of three").isEqualTo("turn");
        assertThat(take(fleet, account)).isEqualTo("RESOURCE_EXHAUSTED TOKENS_COOLING");
      }
    }
  }

  @Test
  void aCrashForgetsNoTurnThatIsInUse() throws Exception {
    Map<String, String> settings =
        new HashMap<>(settings(OwnDatabase.withPassword(server, "in_use")));
    settings.put("ROTATION_TURN_TIMEOUT", "1h");
    try (Broker first = brokers.start(directory, settings);
        Broker second = brokers.start(directory, settings);
        Caller operator = first.caller();
        Caller asked = second.caller();
        Fleet fleet = new Fleet(first.endpoint())) {
      addLimited(operator, TokenLimits.newBuilder().setMaxConcurrent(2).build());
      FleetOwners.awaitShares(operator, LIMITED, 2);
      List<String> its = FleetOwners.ownedBy(operator, LIMITED, second);
      Map<String, Turn> inUse = new HashMap<>();
      for (String account : its) {
        reportGood(asked, account, asked.next(account));
        inUse.put(account, asked.next(account));
      }
      second.kill();

      for (String account : its) {
        assertThat(take(fleet, account)).as("the second of two").isEqualTo("turn");
        assertThat(take(fleet, account)).startsWith("RESOURCE_EXHAUSTED");
        fleet.call(account, caller -> reportGood(caller, account, inUse.get(account)));
        assertThat(take(fleet, account)).as("in the place of the first").isEqualTo("turn");
        assertThat(take(fleet, account)).startsWith("RESOURCE_EXHAUSTED");
      }
    }
  }

  private static ReportOutcomeResponse reportGood(Caller caller, String account, Turn turn) {
    return caller
        .data()
        .reportOutcome(
            ReportOutcomeRequest.newBuilder()
                .setAccount(account)
                .setTokenId(turn.getTokenId())
                .setTurn(turn.getNumber())
                .setReport(Report.newBuilder().setOutcome(Outcome.OUTCOME_OK))
                .build());
  }

  private String refusal(Map<String, String> settings) throws InterruptedException {
    Map<String, String> environment = new HashMap<>();
    settings.forEach((name, value) -> environment.put("TOKENBROKER_" + name, value));
    environment.put("TOKENBROKER_DATA", directory.toString());
    environment.put("TOKENBROKER_LISTEN", "127.0.0.1:0");
    Cli.Result result = Cli.run(environment, "", "serve");
    assertThat(result.exit()).isNotZero();
    return result.err();
  }
}
