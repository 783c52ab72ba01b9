package io.tokenbroker.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.audit.AuditConfig.Fsync;
import io.tokenbroker.server.audit.AuditConfig.OnFailure;
import io.tokenbroker.server.audit.AuditConfig.Turns;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the files, and what is found in them. */
final class AuditLogTest {
  private static final int THREADS = 8;
  private static final int TURNS = 20_000;

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("audit.jsonl");
  }

  private AuditConfig config(long maxFileBytes, long bufferBytes) {
    return new AuditConfig(
        file(),
        Optional.empty(),
        maxFileBytes,
        bufferBytes,
        Fsync.NEVER,
        Turns.SUMMARY,
        OnFailure.REFUSE_ADMIN);
  }

  private AuditLog start(long maxFileBytes) throws AuditStartException {
    return AuditLog.start(
        config(maxFileBytes, 64 << 20), "1.2.3", InstantSource.system(), System::nanoTime);
  }

  private void act(AuditLog audit, int times) throws InterruptedException {
    CountDownLatch written = new CountDownLatch(times);
    for (int i = 0; i < times; i++) {
      audit.write(
          new AuditRecord("answer", audit.now()).put("account", "github").put("n", i),
          true,
          done -> {
            assertThat(done).isTrue();
            written.countDown();
          });
    }
    written.await();
  }

  private static void stop(AuditLog audit) {
    audit.close(Duration.ofMinutes(1));
  }

  private Verification.Result verify(Path... files) throws IOException {
    return Verification.of(files.length == 0 ? AuditFiles.all(file()) : List.of(files), Set.of());
  }

  /** Three files and a bit, of one start. */
  private List<Path> several() throws Exception {
    AuditLog audit = start(4096);
    for (int i = 0; i < 20; i++) {
      act(audit, 5);
    }
    stop(audit);
    List<Path> files = AuditFiles.all(file());
    assertThat(files).hasSizeGreaterThan(3);
    return files;
  }

  @Test
  void theChainGoesOnOverFilesAndStarts() throws Exception {
    several();
    AuditLog audit = start(4096);
    act(audit, 1);
    stop(audit);

    Verification.Result result = verify();
    assertThat(result.problems()).isEmpty();
    assertThat(result.notes()).isEmpty();
    assertThat(result.records()).isEqualTo(result.last().seq());
    assertThat(result.signedSeq()).isEqualTo(result.last().seq() - 1);
  }

  @Test
  void aChangedRecordIsFound() throws Exception {
    List<Path> files = several();
    List<String> lines = new ArrayList<>(Files.readAllLines(files.get(1)));
    lines.set(3, lines.get(3).replace("github", "gitlab"));
    Files.write(files.get(1), lines);

    assertThat(verify().problems())
        .singleElement()
        .asString()
        .startsWith(files.get(1) + ":4: record ");
  }

  @Test
  void aMissingRecordIsFound() throws Exception {
    List<Path> files = several();
    List<String> lines = new ArrayList<>(Files.readAllLines(files.get(1)));
    lines.remove(3);
    Files.write(files.get(1), lines);

    assertThat(verify().problems())
        .singleElement()
        .asString()
        .startsWith(files.get(1) + ":4: record ")
        .endsWith(" is missing");
  }

  @Test
  void recordsInAnotherOrderAreFound() throws Exception {
    List<Path> files = several();
    List<String> lines = new ArrayList<>(Files.readAllLines(files.get(1)));
    lines.add(3, lines.remove(4));
    Files.write(files.get(1), lines);

    assertThat(verify().problems()).isNotEmpty();
  }

  @Test
  void aMissingFileIsFound() throws Exception {
    List<Path> files = several();
    Files.delete(files.get(1));

    assertThat(verify().problems()).singleElement().asString().endsWith("are missing");
  }

  @Test
  void whoRewritesTheWholeChainCannotSignIt() throws Exception {
    several();
    AuditLog other =
        AuditLog.start(
            new AuditConfig(
                directory.resolve("forged"),
                Optional.empty(),
                1 << 20,
                1 << 20,
                Fsync.NEVER,
                Turns.OFF,
                OnFailure.GO_ON),
            "",
            InstantSource.system(),
            System::nanoTime);
    act(other, 3);
    stop(other);
    String ours = Pem.publicKey(Files.readString(directory.resolve("audit.jsonl.key.pub")));

    assertThat(
            Verification.of(AuditFiles.all(directory.resolve("forged")), Set.of(ours)).problems())
        .singleElement()
        .asString()
        .endsWith("is signed under a key that is not yours");
    assertThat(Verification.of(AuditFiles.all(file()), Set.of(ours)).problems()).isEmpty();
  }

  @Test
  void aHeadOfAnotherPlaceIsFound() throws Exception {
    List<Path> files = several();
    List<String> lines = new ArrayList<>(Files.readAllLines(files.get(0)));
    int head = lines.size() - 1;
    assertThat(lines.get(head)).contains("\"head\"");
    String signature = lines.get(head).replaceAll(".*\"signature\":\"([^\"]+)\".*", "$1");
    String other =
        Files.readAllLines(files.get(1)).stream()
            .filter(line -> line.contains("\"head\""))
            .findFirst()
            .orElseThrow()
            .replaceAll(".*\"signature\":\"([^\"]+)\".*", "$1");
    lines.set(head, lines.get(head).replace(signature, other));
    Files.write(files.get(0), lines);

    assertThat(verify().problems())
        .anySatisfy(line -> assertThat(line).endsWith("has a signature that is wrong"));
  }

  @Test
  void aLineThatACrashCutOffIsNoted() throws Exception {
    AuditLog audit = start(1 << 20);
    act(audit, 3);
    stop(audit);
    byte[] whole = Files.readAllBytes(file());
    // as if the stop and half a record before it had never reached the disk
    int cut = whole.length - 700;
    try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      channel.truncate(cut);
    }
    audit = start(1 << 20);
    act(audit, 1);
    stop(audit);

    Verification.Result result = verify();
    assertThat(result.problems()).isEmpty();
    assertThat(result.notes())
        .anySatisfy(note -> assertThat(note).contains("was cut off by a crash, as record"))
        .anySatisfy(note -> assertThat(note).contains("the broker was killed before this start"));
  }

  @Test
  void aLineThatIsNoRecordIsFound() throws Exception {
    List<Path> files = several();
    List<String> lines = new ArrayList<>(Files.readAllLines(files.get(1)));
    lines.set(3, "{}");
    Files.write(files.get(1), lines);

    assertThat(verify().problems()).isNotEmpty();
  }

  @Test
  void nothingIsLostOfManyThreads() throws Exception {
    AuditLog audit = start(1 << 20);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int first = t;
      threads.add(
          new Thread(
              () -> {
                Recipient to = new Recipient("key:" + first, "", "github", "");
                for (int i = 0; i < TURNS; i++) {
                  long number = 1L + first + (long) i * THREADS;
                  audit.turn(to, "t" + number % 7, number);
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    stop(audit);

    for (long number = 1; number <= THREADS * TURNS; number += 997) {
      assertThat(found(String.valueOf(number), Optional.empty()))
          .extracting(one -> one.caller() + " " + one.token())
          .containsExactly("key:" + (number - 1) % THREADS + " t" + number % 7);
    }
    assertThat(found(String.valueOf(THREADS * TURNS + 1), Optional.empty())).isEmpty();
    assertThat(verify().notes()).isEmpty();
  }

  private List<WhoHad.Found> found(String wanted, Optional<Instant> at) throws IOException {
    List<WhoHad.Found> found = new ArrayList<>();
    new WhoHad("github", wanted, at, Duration.ofSeconds(60))
        .search(AuditFiles.all(file()), found::add);
    return found;
  }

  @Test
  void tellsWhoHadATokenAtATime() throws Exception {
    Instant before = Instant.now().minusSeconds(100);
    AuditLog audit = start(1 << 20);
    audit.turn(new Recipient("key:a", "10.0.0.1", "github", ""), "17", 1);
    audit.turn(new Recipient("key:b", "10.0.0.2", "github", ""), "18", 2);
    audit.turn(new Recipient("key:c", "10.0.0.3", "gitlab", ""), "17", 1);
    stop(audit);

    assertThat(found("17", Optional.of(Instant.now())))
        .extracting(WhoHad.Found::caller)
        .containsExactly("key:a");
    assertThat(found("17", Optional.of(before))).isEmpty();
    assertThat(found("17", Optional.of(Instant.now().plusSeconds(3600)))).isEmpty();
  }

  @Test
  void tellsWhoHeldALease() throws Exception {
    AuditLog audit = start(1 << 20);
    Instant end = Instant.now().plusSeconds(30);
    audit.unawaited(
        new AuditRecord("lease", audit.now())
            .put("event", "granted")
            .put("caller", "key:a")
            .put("account", "github")
            .put("token", "17")
            .put("lease_id", "1-abc")
            .put("expire_time", end));
    audit.renewed(new Recipient("key:a", "", "github", ""), "1-abc", end.plusSeconds(30));
    stop(audit);

    assertThat(found("17", Optional.of(end.plusSeconds(20))))
        .extracting(WhoHad.Found::leaseId)
        .containsExactly("1-abc");
    assertThat(found("17", Optional.of(end.plusSeconds(40)))).isEmpty();
  }

  @Test
  void beyondItsRoomTurnsAreCountedAsLost() throws Exception {
    FakeSink sink = new FakeSink();
    sink.full = true;
    AuditLog audit =
        new AuditLog(
            config(1 << 20, 4 << 20),
            sink,
            Optional.empty(),
            InstantSource.system(),
            System::nanoTime);
    audit.begin("", false, "");
    Recipient to = new Recipient("key:a", "", "github", "");
    for (int i = 0; i < 2_000_000; i++) {
      audit.turn(to, "17", 1 + i + (i % 3) * 7L);
    }
    sink.full = false;
    stop(audit);

    long told = 0;
    long lost = 0;
    for (String line : sink.lines()) {
      AuditLine read = AuditLine.of(file(), 1, line.getBytes(StandardCharsets.UTF_8), true);
      told += read.is("turns") ? read.count("count") : 0;
      lost += read.is("lost") ? read.count("turns") : 0;
    }
    assertThat(told + lost).isEqualTo(2_000_000);
    assertThat(lost).isPositive();
  }

  @Test
  void oneBrokerWritesToAFile() throws Exception {
    AuditLog audit = start(1 << 20);
    try {
      assertThatThrownBy(() -> start(1 << 20))
          .isInstanceOf(AuditStartException.class)
          .hasMessageContaining("another broker writes to the audit file");
    } finally {
      stop(audit);
    }
  }

  @Test
  void whatIsWrittenDoesNotGoWithAFileThatSomebodyTookAway() throws Exception {
    AuditLog audit = start(1 << 20);
    act(audit, 3);
    Path taken = directory.resolve("taken");
    Files.move(file(), taken);
    act(audit, 3);
    stop(audit);

    assertThat(Files.readAllLines(taken)).hasSize(4);
    assertThat(verify(taken, file()).problems()).isEmpty();
    assertThat(verify(taken, file()).last().seq()).isEqualTo(9);
  }

  @Test
  void filesAreForTheirOwnerAlone() throws Exception {
    stop(start(1 << 20));

    for (String name : List.of("audit.jsonl", "audit.jsonl.key")) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void aKeyThatOthersCanReadIsRefused() throws Exception {
    stop(start(1 << 20));
    Files.setPosixFilePermissions(
        directory.resolve("audit.jsonl.key"), PosixFilePermissions.fromString("rw-r-----"));

    assertThatThrownBy(() -> start(1 << 20))
        .isInstanceOf(AuditStartException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void aFileThatIsNoAuditLogIsRefused() throws Exception {
    Files.writeString(file(), "hello\n");

    assertThatThrownBy(() -> start(1 << 20))
        .isInstanceOf(AuditStartException.class)
        .hasMessageContaining("ends in a line that is no record");
    assertThat(Files.readString(file())).isEqualTo("hello\n");
  }
}
