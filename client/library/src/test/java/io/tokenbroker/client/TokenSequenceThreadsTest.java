package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.client.fake.FakeStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over a real socket, with several threads. */
class TokenSequenceThreadsTest {
  private static final int THREADS = 4;

  private final FakeBroker broker = FakeBroker.listening();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void close() {
    threads.shutdownNow();
    broker.close();
  }

  @Test
  void eachTurnGoesToOneTaker() throws Exception {
    try (TokenBrokerClient client = TokenBrokerClient.connect(broker.endpoint());
        TokenSequence sequence = client.stream("a", new StreamOptions(7, 20_000, 3))) {
      assertThat(takeAll(sequence)).hasSize(20_000);
    }
  }

  @Test
  void noTakerIsLeftWaitingWhenStreamsBreakAllTheTime() throws Exception {
    broker.tokens.onStream =
        stream -> stream.supply(3, () -> stream.fail(Status.UNAVAILABLE.asRuntimeException()));
    try (TokenBrokerClient client = TokenBrokerClient.connect(broker.endpoint());
        TokenSequence sequence =
            client.stream(
                "a",
                new StreamOptions(2, 3_000, 2),
                (delay, task) -> threadsOfTheClient(task),
                () -> ThreadLocalRandom.current().nextDouble())) {
      assertThat(takeAll(sequence)).hasSize(3_000);
    }
  }

  @Test
  void closeWakesAllTakersAndTheBrokerSeesIt() throws Exception {
    broker.tokens.onStream = stream -> {};
    try (TokenBrokerClient client = TokenBrokerClient.connect(broker.endpoint())) {
      TokenSequence sequence = client.stream("a");
      List<Future<?>> takers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        takers.add(threads.submit(() -> sequence.take(Duration.ofDays(1))));
      }
      FakeStream stream = Objects.requireNonNull(broker.tokens.streams.poll(30, TimeUnit.SECONDS));
      sequence.close();
      assertThat(stream.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
      for (Future<?> taker : takers) {
        assertThatThrownBy(() -> taker.get(30, TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(CancellationException.class);
      }
    }
  }

  /** However much room there is on the way. */
  @Test
  void theBrokerIsAskedForNoMoreThanTheBufferHolds() throws Exception {
    try (TokenBrokerClient client = TokenBrokerClient.connect(broker.endpoint());
        TokenSequence sequence = client.stream("a", new StreamOptions(100, 0, 1))) {
      for (int taken = 1; taken <= 100; taken++) {
        sequence.take(Duration.ofSeconds(30));
        FakeStream stream = Objects.requireNonNull(broker.tokens.streams.peek());
        assertThat(stream.sent.get()).isLessThanOrEqualTo(taken + 1);
      }
    }
  }

  private Set<Long> takeAll(TokenSequence sequence) throws Exception {
    Set<Long> taken = ConcurrentHashMap.newKeySet();
    List<Future<?>> takers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      takers.add(
          threads.submit(
              () -> {
                try {
                  while (true) {
                    assertThat(taken.add(sequence.take(Duration.ofSeconds(60)).getNumber()))
                        .isTrue();
                  }
                } catch (NoSuchElementException e) {
                  return null; // the limit
                }
              }));
    }
    for (Future<?> taker : takers) {
      taker.get(100, TimeUnit.SECONDS);
    }
    return taken;
  }

  private static void threadsOfTheClient(Runnable task) {
    DelayedExecutor.JDK.run(Duration.ZERO, task);
  }
}
