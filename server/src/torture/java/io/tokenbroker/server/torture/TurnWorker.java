package io.tokenbroker.server.torture;

import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Takes turns, each of any of the accounts through any of the brokers. */
final class TurnWorker implements Runnable {
  private static final Metadata.Key<String> SPLIT =
      Metadata.Key.of("tokenbroker-split", Metadata.ASCII_STRING_MARSHALLER);
  private static final int DEADLINE_MILLIS = 10_000;

  private final List<BrokerProcess> brokers;
  private final List<String> accounts;
  private final TurnLedger ledger;
  private final Predicate<BrokerProcess> mustAnswer;
  private final Queue<String> failed;
  private final BooleanSupplier over;
  private final Random random;

  /**
   * @param mustAnswer whether a call through a broker may not fail now
   * @param failed gets those that did
   */
  TurnWorker(
      List<BrokerProcess> brokers,
      List<String> accounts,
      TurnLedger ledger,
      Predicate<BrokerProcess> mustAnswer,
      Queue<String> failed,
      BooleanSupplier over,
      long seed) {
    this.brokers = brokers;
    this.accounts = accounts;
    this.ledger = ledger;
    this.mustAnswer = mustAnswer;
    this.failed = failed;
    this.over = over;
    this.random = new Random(seed);
  }

  /** A turn, and whether it came with the word of a split. */
  record Taken(Turn turn, boolean split) {
    /** As of now. */
    TurnLedger.Answer answer(String account, long asked) {
      return new TurnLedger.Answer(
          account, turn.getNumber(), turn.getTokenId(), asked, System.nanoTime(), split);
    }
  }

  static Taken take(BrokerProcess broker, String account) {
    return take(broker, NextTokenRequest.newBuilder().setAccount(account).build());
  }

  static Taken take(BrokerProcess broker, NextTokenRequest request) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    Turn turn =
        TokenBrokerGrpc.newBlockingStub(broker.channel)
            .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
            .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
            .nextToken(request)
            .getTurn();
    return new Taken(turn, trailers.get().containsKey(SPLIT));
  }

  @Override
  public void run() {
    while (!over.getAsBoolean()) {
      BrokerProcess broker = brokers.get(random.nextInt(brokers.size()));
      String account = accounts.get(random.nextInt(accounts.size()));
      boolean must = mustAnswer.test(broker);
      long asked = System.nanoTime();
      try {
        ledger.answered(take(broker, account).answer(account, asked));
      } catch (StatusRuntimeException e) {
        Torture.FAILURES.merge("turn " + e.getStatus().getCode(), 1L, Long::sum);
        if (must && mustAnswer.test(broker)) {
          failed.add("a call failed in a planned move: " + account + " " + e.getStatus());
        }
        Worker.pause(20);
      }
      Worker.pause(2);
    }
  }
}
