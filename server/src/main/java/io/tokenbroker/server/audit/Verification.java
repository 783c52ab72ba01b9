package io.tokenbroker.server.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a chain of lines over one or more files, and finds what does not hold together. */
final class Verification {
  private static final int MAX_FINDINGS = 1_000;

  private final Set<String> trusted;
  private final Signatures signatures;
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Set<String> keys = new LinkedHashSet<>();
  private @Nullable AuditLine before;
  private boolean stopped = true;
  private long records;
  private long signedSeq;

  /**
   * @param trusted public keys, as {@link Pem#publicKey} returns them; if there are none, those
   *     that the files themselves name are taken
   */
  Verification(Set<String> trusted, Signatures signatures) {
    this.trusted = Set.copyOf(trusted);
    this.signatures = signatures;
  }

  /** Whether a signature is that key's; see {@link Pem#verify}. */
  interface Signatures {
    boolean verify(String publicKey, String text, String signature);
  }

  /**
   * @param problems what was changed, left out or moved; empty if all holds together
   * @param notes what is worth knowing, such as a start without a stop before it
   * @param last where the chain ends
   * @param signedSeq the newest record that a good signature vouches for; 0 for none
   * @param keys that signed
   */
  record Result(
      List<String> problems,
      List<String> notes,
      long records,
      Chain last,
      long signedSeq,
      Set<String> keys) {}

  static Result of(List<Path> files, Set<String> trusted) throws IOException {
    Verification verification = new Verification(trusted, Pem::verify);
    for (Path file : files) {
      try (AuditLines lines = new AuditLines(file)) {
        for (AuditLine line = lines.next(); line != null; line = lines.next()) {
          verification.look(line);
        }
      }
    }
    return verification.result();
  }

  /** Of all lines that were looked at. */
  Result result() {
    AuditLine last = before;
    if (last != null && last.fields() == null) {
      note(last, "the last line has no end: it is being written, or was cut off by a crash");
    }
    return new Result(
        problems,
        notes,
        records,
        last == null ? Chain.START : after(last),
        signedSeq,
        Set.copyOf(keys));
  }

  /** In their order. */
  void look(AuditLine line) {
    AuditLine earlier = before;
    if (earlier != null && earlier.fields() == null && line.fields() == null) {
      problem(line, "two lines in a row are no records");
    }
    if (line.fields() != null) {
      linked(earlier, line);
      read(line);
      records++;
    } else if (line.ended() && earlier == null) {
      problem(line, "is no record");
    }
    before = line.fields() == null && earlier != null ? numbered(line, earlier) : line;
  }

  /** Where a line that is no record stands, as the writer counts it. */
  private AuditLine numbered(AuditLine torn, AuditLine earlier) {
    tornSeq = (earlier.fields() == null ? tornSeq : earlier.seq()) + 1;
    return torn;
  }

  private long tornSeq;

  private Chain after(AuditLine line) {
    return line.fields() == null ? new Chain(tornSeq, line.hash()) : line.chain();
  }

  private void linked(@Nullable AuditLine earlier, AuditLine line) {
    if (earlier == null) {
      if (line.seq() != 1 || !line.text("prev").isEmpty()) {
        note(line, "begins with record " + line.seq() + ": what was before is not here");
      }
      return;
    }
    Chain expected = after(earlier);
    long seq = line.seq();
    boolean hash = line.text("prev").equals(expected.hash());
    if (seq > expected.seq() + 1) {
      problem(line, missing(expected.seq() + 1, seq - 1));
    } else if (seq <= expected.seq()) {
      problem(line, "record " + seq + " stands behind record " + expected.seq());
    } else if (!hash) {
      problem(
          earlier,
          "record " + expected.seq() + " is not what record " + seq + " was written behind");
    } else if (earlier.fields() == null) {
      if (line.is("start") && line.object("after_crash").has("torn_line")) {
        note(earlier, "was cut off by a crash, as record " + seq + " says");
      } else {
        problem(earlier, "is no record");
      }
    }
  }

  private static String missing(long from, long to) {
    return from == to
        ? "record " + from + " is missing"
        : "records " + from + " to " + to + " are missing";
  }

  private void read(AuditLine line) {
    if (line.is("start")) {
      if (!stopped) {
        note(
            line,
            "the broker was killed before this start: up to the last second of hand-outs is not"
                + " here");
      }
      stopped = false;
    } else if (line.is("stop")) {
      stopped = true;
    } else if (line.is("lost")) {
      note(
          line,
          "could not be written, and is not here: %d turns, %d other records"
              .formatted(line.count("turns"), line.count("records")));
    } else if (line.is("head")) {
      signed(line);
    }
  }

  private void signed(AuditLine head) {
    String key = head.text("key");
    Chain at = new Chain(head.seq() - 1, head.text("prev"));
    if (!trusted.isEmpty() && !trusted.contains(key)) {
      problem(head, "is signed under a key that is not yours");
    } else if (!signatures.verify(key, at.head(), head.text("signature"))) {
      problem(head, "has a signature that is wrong");
    } else {
      keys.add(key);
      signedSeq = at.seq();
    }
  }

  private void problem(AuditLine line, String what) {
    add(problems, line, what);
  }

  private void note(AuditLine line, String what) {
    add(notes, line, what);
  }

  private static void add(List<String> findings, AuditLine line, String what) {
    if (findings.size() < MAX_FINDINGS) {
      findings.add(line.place() + ": " + what);
    }
  }
}
