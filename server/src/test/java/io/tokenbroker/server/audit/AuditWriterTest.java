package io.tokenbroker.server.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.server.audit.AuditConfig.Fsync;
import io.tokenbroker.server.audit.AuditConfig.Turns;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AuditWriterTest {
  private static final Recipient NIGHTLY = new Recipient("key:nightly", "10.0.0.7", "github", "");
  private static final Recipient OTHER = new Recipient("key:other", "10.0.0.8", "github", "gpt");

  private final FakeSink sink = new FakeSink();
  private final Losses losses = new Losses();
  private Instant now = Instant.parse("2030-01-01T00:00:00Z");
  private long released;
  private AuditWriter writer = writer(Fsync.ALWAYS, Turns.SUMMARY);

  private AuditWriter writer(Fsync fsync, Turns turns) {
    return new AuditWriter(
        sink,
        Optional.empty(),
        fsync,
        turns,
        losses,
        bytes -> released += bytes,
        () -> now,
        () -> Duration.between(Instant.EPOCH, now).toNanos());
  }

  private AuditRecord act() {
    return new AuditRecord("answer", now).put("account", "github");
  }

  private List<JsonObject> records() {
    return sink.lines().stream()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  private static Instant since(JsonObject one) {
    return Instant.parse(one.get("since").getAsString());
  }

  private static TurnChunk chunk(Recipient to, String token, long... numbers) {
    TurnChunk chunk = new TurnChunk();
    for (long number : numbers) {
      chunk.add(to, token, number);
    }
    return chunk;
  }

  @Test
  void whoWaitsIsToldWhenItIsOnTheDisk() {
    List<String> told = new ArrayList<>();
    writer.take(new Entry(act(), written -> told.add(written + " " + sink.forced), true));

    assertThat(told).isEmpty();
    writer.flush(false);
    assertThat(told).containsExactly("true 1");
    assertThat(records().get(0).get("seq").getAsLong()).isEqualTo(1);
  }

  @Test
  void manyAreForcedTogether() {
    for (int i = 0; i < 100; i++) {
      writer.take(new Entry(act(), written -> {}, true));
    }
    writer.flush(false);

    assertThat(sink.forced).isEqualTo(1);
    assertThat(sink.lines()).hasSize(100);
  }

  @Test
  void eachLineHasTheHashOfTheOneBefore() {
    writer.take(Entry.unawaited(act()));
    writer.take(Entry.unawaited(act()));
    writer.flush(false);

    byte[] first = sink.lines().get(0).getBytes(StandardCharsets.UTF_8);
    assertThat(records().get(0).get("prev").getAsString()).isEmpty();
    assertThat(records().get(1).get("prev").getAsString())
        .isEqualTo(Chain.hash(first, first.length));
  }

  @Test
  void turnsOfASecondAreOneRecordForEachRecipient() {
    writer.take(chunk(NIGHTLY, "17", 3, 1, 5));
    writer.take(chunk(OTHER, "17", 2));
    writer.take(chunk(new Recipient("key:nightly", "10.0.0.7", "github", ""), "18", 4));
    writer.second(now);
    writer.flush(true);

    assertThat(records()).hasSize(2);
    JsonObject nightly =
        records().stream()
            .filter(one -> one.get("caller").getAsString().equals("key:nightly"))
            .findFirst()
            .orElseThrow();
    assertThat(nightly.get("count").getAsInt()).isEqualTo(4);
    assertThat(nightly.get("tokens").toString()).isEqualTo("{\"17\":\"1 2x2\",\"18\":\"4\"}");
  }

  @Test
  void eachTurnIsARecordIfThatIsWanted() {
    writer = writer(Fsync.NEVER, Turns.EACH);
    writer.take(chunk(NIGHTLY, "17", 1, 2));
    writer.flush(false);

    assertThat(records()).extracting(one -> one.get("turn").getAsInt()).containsExactly(1, 2);
    assertThat(sink.forced).isZero();
  }

  @Test
  void onAFullDiskWhoWaitsIsToldAndWhatHasHappenedIsWrittenLater() {
    sink.full = true;
    List<Boolean> told = new ArrayList<>();
    writer.take(new Entry(act().put("n", 1), told::add, false));
    writer.take(new Entry(act().put("n", 2), told::add, true));
    writer.take(chunk(NIGHTLY, "17", 1));
    writer.second(now);
    writer.flush(true);

    assertThat(told).containsExactly(false, false);
    assertThat(writer.isFailing()).isTrue();

    sink.full = false;
    now = now.plusSeconds(1);
    writer.second(now);
    writer.flush(true);

    assertThat(writer.isFailing()).isFalse();
    assertThat(told).hasSize(2);
    assertThat(records())
        .extracting(one -> one.get("type").getAsString())
        .containsExactly("answer", "turns", "lost");
    assertThat(records().get(0).get("n").getAsInt()).isEqualTo(2);
  }

  @Test
  void whatCannotBeForcedIsNotSaidToBeWritten() {
    sink.unforceable = true;
    List<Boolean> told = new ArrayList<>();
    writer.take(new Entry(act(), told::add, true));
    writer.flush(false);

    assertThat(told).containsExactly(false);
    assertThat(writer.isFailing()).isTrue();
  }

  @Test
  void lossesAreTold() {
    losses.lost(chunk(NIGHTLY, "17", 1, 2, 3));
    losses.lost(Entry.unawaited(act()));
    writer.second(now);
    writer.flush(true);

    assertThat(records().get(0).get("turns").getAsInt()).isEqualTo(3);
    assertThat(records().get(0).get("records").getAsInt()).isEqualTo(1);
  }

  @Test
  void allThatItTookIsGivenBack() {
    long taken = 0;
    for (int i = 0; i < 50; i++) {
      TurnChunk chunk = chunk(NIGHTLY, "17", i + 1);
      Entry entry = Entry.unawaited(act());
      taken += chunk.bytes() + entry.bytes();
      writer.take(chunk);
      writer.take(entry);
    }
    writer.second(now);
    writer.flush(true);

    assertThat(released).isEqualTo(taken);
  }

  @Test
  void aSummaryThatGrowsLargeIsWrittenBeforeItsSecondIsOver() {
    Instant begin = now;
    for (int i = 0; i < 300; i++) {
      now = now.plusMillis(1);
      TurnChunk chunk = new TurnChunk();
      while (!chunk.isFull()) {
        chunk.add(NIGHTLY, "17", 1);
      }
      writer.take(chunk);
    }
    writer.flush(false);

    assertThat(sink.lines()).isNotEmpty();
    assertThat(sink.lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(1 << 20));
    // what is in buffers still is of the same second
    writer.second(now);
    writer.flush(true);
    assertThat(records())
        .hasSizeGreaterThan(1)
        .allSatisfy(one -> assertThat(since(one)).isEqualTo(begin));
  }

  @Test
  void aSummaryBeginsWhereTheBuffersWereEmptiedBefore() {
    Instant drained = now.plusMillis(1000);
    now = now.plusMillis(1200);
    writer.take(chunk(NIGHTLY, "17", 1));
    writer.second(drained);
    now = now.plusMillis(1000);
    // it may have gone out between the two
    writer.take(chunk(NIGHTLY, "17", 2));
    writer.second(now);
    writer.flush(true);

    assertThat(since(records().get(1))).isEqualTo(drained);
  }
}
