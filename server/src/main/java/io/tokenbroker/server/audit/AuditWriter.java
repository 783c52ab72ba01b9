package io.tokenbroker.server.audit;

import io.tokenbroker.server.audit.AuditConfig.Fsync;
import io.tokenbroker.server.audit.AuditConfig.Turns;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes lines of what waits, many at a time, and tells who waits for them. What can't be written is
 * kept to be written later, and counts as waiting meanwhile. Used by one thread, but for {@link
 * #isFailing}.
 */
final class AuditWriter {
  private static final Logger log = LoggerFactory.getLogger(AuditWriter.class);

  private static final int BATCH_BYTES = 1024 * 1024;
  private static final long HEAD_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long RETRY_NANOS = Duration.ofMillis(100).toNanos();
  private static final long TELL_NANOS = Duration.ofMinutes(1).toNanos();

  private final AuditSink sink;
  private final Optional<Signer> signer;
  private final Fsync fsync;
  private final Turns turns;
  private final Losses losses;
  private final IntConsumer released;
  private final InstantSource clock;
  private final LongSupplier ticker;

  private final Deque<Entry> pending = new ArrayDeque<>();
  private final TurnSummary summary;
  private Chain chain;
  private boolean unforced;
  private long unsigned;
  private long headNanos;

  private volatile boolean failing;
  private @Nullable String told;
  private long triedNanos;
  private long toldNanos;

  /**
   * @param released is told how many bytes of what it took wait no more
   */
  AuditWriter(
      AuditSink sink,
      Optional<Signer> signer,
      Fsync fsync,
      Turns turns,
      Losses losses,
      IntConsumer released,
      InstantSource clock,
      LongSupplier ticker) {
    this.sink = sink;
    this.signer = signer;
    this.fsync = fsync;
    this.turns = turns;
    this.losses = losses;
    this.released = released;
    this.clock = clock;
    this.ticker = ticker;
    this.chain = sink.chain();
    this.summary = new TurnSummary(clock.instant());
    this.headNanos = ticker.getAsLong();
  }

  /** Whether the last try to write was in vain. For any thread. */
  boolean isFailing() {
    return failing;
  }

  Chain chain() {
    return chain;
  }

  void take(Work work) {
    if (work instanceof Entry entry) {
      pending.add(entry);
      return;
    }
    if (work instanceof Renewal renewal) {
      summary.add(renewal);
    } else if (work instanceof TurnChunk chunk) {
      if (turns == Turns.EACH) {
        each(chunk);
      } else {
        summary.add(chunk);
      }
    }
    released.accept(work.bytes());
    if (summary.isFull()) {
      summarize();
    }
  }

  private void each(TurnChunk chunk) {
    for (int i = 0; i < chunk.count(); i++) {
      Recipient to = chunk.recipients[i];
      String token = chunk.tokens[i];
      if (to != null && token != null) {
        keep(
            new AuditRecord("turn", clock.instant())
                .put(to)
                .put("token", token)
                .put("turn", chunk.numbers[i]));
      }
    }
  }

  private void keep(AuditRecord made) {
    Entry entry = Entry.unawaited(made);
    released.accept(-entry.bytes());
    pending.add(entry);
  }

  private void summarize() {
    summary.emit(clock.instant(), this::keep);
  }

  /**
   * To be called once a second, with all that was handed out in it.
   *
   * @param drained all that went out before this time was taken
   */
  void second(Instant drained) {
    summarize();
    summary.since(drained);
    AuditRecord lost = losses.take(clock.instant());
    if (lost != null) {
      keep(lost);
    }
  }

  /** Writes all that waits; tells those who wait for it whether it did. */
  void flush(boolean second) {
    if (failing && ticker.getAsLong() - triedNanos < RETRY_NANOS) {
      refuse();
    } else {
      flushNow(second);
    }
  }

  /** The same, however short ago it was in vain. */
  void flushNow(boolean second) {
    boolean headDue = unsigned > 0 && ticker.getAsLong() - headNanos >= HEAD_NANOS;
    boolean forceDue = second && unforced && fsync == Fsync.SECOND;
    if (pending.isEmpty() && !headDue && !forceDue) {
      return;
    }
    triedNanos = ticker.getAsLong();
    List<Entry> written = new ArrayList<>();
    boolean forced = false;
    try {
      write(written);
      if (headDue) {
        sign();
      }
      if (unforced && (fsync == Fsync.ALWAYS || forceDue)) {
        sink.force();
        unforced = false;
      }
      forced = true;
      succeeded();
    } catch (IOException e) {
      failed(e);
    }
    boolean lasting = forced;
    written.forEach(entry -> entry.then().accept(lasting));
    if (!forced) {
      refuse();
    }
  }

  private void write(List<Entry> written) throws IOException {
    while (!pending.isEmpty()) {
      if (sink.isFull()) {
        sign();
        sink.rotate();
      }
      List<Entry> batch = new ArrayList<>();
      Chain next = chain;
      ByteArrayOutputStream lines = new ByteArrayOutputStream();
      while (!pending.isEmpty() && lines.size() < BATCH_BYTES) {
        Entry entry = pending.remove();
        batch.add(entry);
        byte[] line = next.line(entry.body().text());
        lines.writeBytes(line);
        next = next.after(line);
      }
      append(lines.toByteArray(), next, batch);
      for (Entry entry : batch) {
        released.accept(entry.bytes());
      }
      written.addAll(batch);
    }
  }

  private void append(byte[] lines, Chain next, List<Entry> batch) throws IOException {
    try {
      sink.append(lines);
    } catch (IOException e) {
      for (int i = batch.size() - 1; i >= 0; i--) {
        pending.addFirst(batch.get(i));
      }
      throw e;
    }
    unsigned += next.seq() - chain.seq();
    chain = next;
    unforced = true;
  }

  /** Vouches for what is written up to now. */
  private void sign() throws IOException {
    if (signer.isEmpty() || unsigned == 0) {
      return;
    }
    AuditRecord head =
        new AuditRecord("head", clock.instant())
            .put("key", signer.get().publicKey())
            .put("signature", signer.get().sign(chain.head()));
    byte[] line = chain.line(head.text());
    append(line, chain.after(line), List.of());
    unsigned = 0;
    headNanos = ticker.getAsLong();
  }

  /** Those who wait hear that it was not written; what has happened stays to be written. */
  private void refuse() {
    List<Entry> kept = new ArrayList<>();
    List<Entry> told = new ArrayList<>(pending);
    for (Entry entry : told) {
      if (entry.later()) {
        kept.add(entry.withoutWaiter());
      } else {
        released.accept(entry.bytes());
        losses.lost(entry);
      }
    }
    pending.clear();
    pending.addAll(kept);
    told.forEach(entry -> entry.then().accept(false));
  }

  private void failed(IOException failure) {
    String reason = String.valueOf(failure.getMessage());
    failing = true;
    if (!reason.equals(told) || ticker.getAsLong() - toldNanos >= TELL_NANOS) {
      told = reason;
      toldNanos = ticker.getAsLong();
      log.atError()
          .addKeyValue("cause", reason)
          .addKeyValue("waiting", pending.size())
          .log("the audit log cannot be written");
    }
  }

  private void succeeded() {
    failing = false;
    if (told != null) {
      told = null;
      log.info("the audit log is written again");
    }
  }

  /** Writes a last head, and lets go. */
  void close() {
    try {
      sign();
      if (unforced && fsync != Fsync.NEVER) {
        sink.force();
      }
    } catch (IOException e) {
      failed(e);
    }
    try {
      sink.close();
    } catch (IOException e) {
      failed(e);
    }
  }
}
