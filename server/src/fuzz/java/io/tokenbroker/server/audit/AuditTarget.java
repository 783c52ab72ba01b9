package io.tokenbroker.server.audit;

import io.tokenbroker.server.audit.AuditConfig.Fsync;
import io.tokenbroker.server.audit.AuditConfig.OnFailure;
import io.tokenbroker.server.audit.AuditConfig.Turns;
import io.tokenbroker.server.fuzz.FuzzTarget;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An audit log: any file, or a good one that somebody has edited. If the first byte is odd the rest
 * are edits. It is read without failing, and what a signature vouches for is what was written.
 */
public final class AuditTarget implements FuzzTarget {
  private static final Path FILE = Path.of("audit.jsonl");
  private static final List<WhoHad> QUESTIONS =
      List.of(
          new WhoHad("acme", "3", Optional.empty(), Duration.ofHours(1)),
          new WhoHad("acme", "3", Optional.of(Instant.EPOCH), Duration.ofHours(1)));

  /** How many signatures are kept, see below. */
  private static final int REMEMBERED = 10_000;

  private final Path directory;
  private final List<String> written;
  private final Set<String> trusted;

  /** Most inputs have the same ones, and each takes half a millisecond. */
  private final Map<String, Boolean> signatures = new HashMap<>();

  public AuditTarget() {
    try {
      directory = Files.createTempDirectory("fuzz-audit");
      Path log = directory.resolve("audit.jsonl");
      write(log);
      written = lines(Files.readString(log, StandardCharsets.ISO_8859_1));
      trusted = Set.of(Pem.publicKey(Files.readString(directory.resolve("audit.jsonl.key"))));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Path log) throws AuditStartException {
    Instant time = Instant.parse("2030-01-01T00:00:00Z");
    AuditConfig config =
        new AuditConfig(
            log,
            Optional.empty(),
            1 << 20,
            1 << 20,
            Fsync.NEVER,
            Turns.SUMMARY,
            OnFailure.REFUSE_ADMIN);
    AuditLog audit = AuditLog.start(config, "1.2.3", () -> time, System::nanoTime);
    for (int i = 0; i < 5; i++) {
      audit.write(
          new AuditRecord(i % 2 == 0 ? "turns" : "answer", time)
              .put("account", "acme")
              .put("caller", "key:nightly")
              .put("since", time)
              .putJson("tokens", "{\"7\":\"" + i + " 2x3\"}"),
          true,
          done -> {});
    }
    audit.close(Duration.ofMinutes(1));
  }

  private static List<String> lines(String text) {
    return new ArrayList<>(List.of(text.split("\n", -1)));
  }

  @Override
  public void run(byte[] input) throws IOException {
    boolean edits = input.length > 0 && input[0] % 2 != 0;
    List<String> lines =
        edits
            ? new AuditEdits(input).of(written)
            : lines(
                new String(
                    input,
                    Math.min(1, input.length),
                    Math.max(0, input.length - 1),
                    StandardCharsets.ISO_8859_1));
    List<AuditLine> all = read(String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1));
    Verification verification = new Verification(trusted, this::verify);
    all.forEach(verification::look);
    Verification.Result result = verification.result();
    if (result.problems().isEmpty() && result.signedSeq() > 0) {
      vouched(lines, Math.toIntExact(result.signedSeq()));
    }
    for (WhoHad question : QUESTIONS) {
      LeaseTimes leases = new LeaseTimes();
      all.forEach(line -> question.look(line, leases, found -> {}));
      leases.at(Instant.EPOCH).forEach(found -> {});
    }
  }

  private static List<AuditLine> read(byte[] file) throws IOException {
    List<AuditLine> all = new ArrayList<>();
    try (AuditLines lines = new AuditLines(FILE, new ByteArrayInputStream(file))) {
      for (AuditLine line = lines.next(); line != null; line = lines.next()) {
        all.add(line);
      }
    }
    return all;
  }

  private boolean verify(String key, String text, String signature) {
    if (signatures.size() > REMEMBERED) {
      signatures.clear();
    }
    return signatures.computeIfAbsent(
        key + '\n' + text + '\n' + signature, any -> Pem.verify(key, text, signature));
  }

  /** The records up to this one must be there, next to each other, as they were written. */
  private void vouched(List<String> lines, int last) {
    if (lines.get(0).startsWith("{\"seq\":" + (last + 1) + ",")) {
      return; // it begins with the head, which is told: nothing before it is there, and it vouches
      // not for itself
    }
    int at = last < written.size() ? lines.lastIndexOf(written.get(last - 1)) : -1;
    boolean good = at >= 0 && at < last;
    for (int i = 0; good && i <= at; i++) {
      good = lines.get(at - i).equals(written.get(last - 1 - i));
    }
    if (!good) {
      throw new AssertionError("all is well up to record " + last + " of " + lines);
    }
  }

  @Override
  public void close() throws IOException {
    for (String name : List.of("audit.jsonl", "audit.jsonl.key", "audit.jsonl.key.pub")) {
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.deleteIfExists(directory);
  }
}
