package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers of endless streams who have stopped reading. */
class SlowReaderIT {
  private static final int READERS = 30;
  private static final int CALLS = 2_000;
  private static final int SECRET_BYTES = 1_000;

  /** What a reader's own side takes in, in bytes: all beyond waits in the broker. */
  private static final int WINDOW = 64 * 1024;

  /** Of one reader: its window, 8 KiB until the transport is not ready, and some messages. */
  private static final long MAX_KIB = 512;

  @TempDir Path directory;

  @Test
  void costTheBrokerNoMoreThanTheTransportsBuffers() throws Exception {
    List<Caller> callers = new ArrayList<>();
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      addLongSecret(caller);
      Eventually.until("an answer", () -> consecutive(caller));
      long before = caller.next("a").getNumber();
      long memoryBefore = residentKib(broker);

      List<Reader<StreamTokensRequest, StreamTokensResponse>> readers = new ArrayList<>();
      int batchBytes = 0;
      int batchTurns = 0;
      for (int i = 0; i < READERS; i++) {
        Caller slow = Caller.withWindow(broker.endpoint(), WINDOW);
        callers.add(slow);
        Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
        slow.streams()
            .streamTokens(StreamTokensRequest.newBuilder().setAccount("a").build(), reader);
        readers.add(reader);
        StreamTokensResponse first = reader.next();
        batchBytes = first.getSerializedSize();
        batchTurns = first.getTurnsCount();
      }
      long[] calls = {0};
      Eventually.until(
          "no turns are made for those who don't read",
          () -> {
            calls[0] += CALLS;
            return consecutive(caller);
          });
      long turns = caller.next("a").getNumber() - before - 1 - calls[0];
      long kib = turns * (batchBytes / batchTurns) / 1024;
      System.out.printf(
          "%d readers who stopped after a message of 64 KiB: %d turns each, that is %d KiB each with"
              + " their own window of 64 KiB; the daemon grew by %d KiB for all of them%n",
          READERS, turns / READERS, kib / READERS, residentKib(broker) - memoryBefore);
      assertThat(turns).isGreaterThanOrEqualTo(READERS * (long) batchTurns);
      assertThat(kib).isLessThan(READERS * MAX_KIB);
      // and those who read again get more
      for (int i = 0; i < 50; i++) {
        assertThat(readers.get(0).next().getTurnsCount()).isEqualTo(batchTurns);
      }
      assertThat(broker.stop()).isZero();
    } finally {
      for (Caller slow : callers) {
        slow.close();
      }
    }
  }

  private static void addLongSecret(Caller caller) {
    String secret = Broker.SECRET + "x".repeat(SECRET_BYTES);
    var unused =
        caller
            .admin()
            .addTokens(
                AddTokensRequest.newBuilder()
                    .setAccount("a")
                    .addTokens(NewToken.newBuilder().setSecret(secret))
                    .build());
  }

  /** Whether nobody else had a turn while this caller had some thousand. */
  private static boolean consecutive(Caller caller) {
    long first = caller.next("a").getNumber();
    long last = first;
    for (int i = 1; i < CALLS; i++) {
      last = caller.next("a").getNumber();
    }
    return last - first == CALLS - 1;
  }

  private static long residentKib(Broker broker) throws IOException {
    Path status = Path.of("/proc", Long.toString(broker.pid()), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }
}
