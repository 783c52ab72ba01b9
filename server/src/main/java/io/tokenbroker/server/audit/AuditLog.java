package io.tokenbroker.server.audit;

import io.tokenbroker.server.audit.AuditConfig.OnFailure;
import io.tokenbroker.server.audit.AuditConfig.Turns;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit log. Thread-safe; no method blocks but {@link #close}, nor throws. A thread of its own
 * writes: records together, turns once a second.
 */
public final class AuditLog {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_TAKEN = 10_000;

  private final AuditConfig config;
  private final InstantSource clock;
  private final LongSupplier ticker;
  private final AuditWriter writer;
  private final Losses losses = new Losses();
  private final TurnBuffers turns = new TurnBuffers(this::offer);
  private final Refusals refusals;
  private final Waiters waiters;
  private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();

  /** About how many bytes wait to be written. */
  private final AtomicLong waiting = new AtomicLong();

  /** All turns that went out before have come to the writer. Used by the thread that writes. */
  private Instant drained;

  private final Thread thread = new Thread(this::run, "audit");
  private volatile boolean closing;

  AuditLog(
      AuditConfig config,
      AuditSink sink,
      Optional<Signer> signer,
      InstantSource clock,
      LongSupplier ticker) {
    this.config = config;
    this.clock = clock;
    this.ticker = ticker;
    this.drained = clock.instant();
    this.waiters = new Waiters(ticker);
    this.refusals = new Refusals(clock);
    this.writer =
        new AuditWriter(
            sink,
            signer,
            config.fsync(),
            config.turns(),
            losses,
            bytes -> waiting.addAndGet(-bytes),
            clock,
            ticker);
    thread.setDaemon(true);
  }

  /**
   * Opens the file and says that the broker starts.
   *
   * @param version of the broker; may be empty
   * @throws AuditStartException if it can't be written to
   */
  public static AuditLog start(
      AuditConfig config, String version, InstantSource clock, LongSupplier ticker)
      throws AuditStartException {
    AuditSink sink =
        config.isStandardOutput()
            ? new StandardOutput()
            : RotatingFile.open(config.file(), config.maxFileBytes());
    Optional<Signer> signer;
    try {
      signer = signer(config);
    } catch (AuditStartException e) {
      close(sink);
      throw e;
    }
    AuditLog audit = new AuditLog(config, sink, signer, clock, ticker);
    audit.begin(version, sink.isTorn(), signer.map(Signer::publicKey).orElse(""));
    return audit;
  }

  private static void close(AuditSink sink) {
    try {
      sink.close();
    } catch (IOException e) {
      log.debug("the audit file could not be closed", e);
    }
  }

  private static Optional<Signer> signer(AuditConfig config) throws AuditStartException {
    if (config.keyFile().isPresent()) {
      return Optional.of(Signer.open(config.keyFile().get()));
    }
    return config.isStandardOutput()
        ? Optional.empty()
        : Optional.of(
            Signer.open(config.file().resolveSibling(config.file().getFileName() + ".key")));
  }

  void begin(String version, boolean torn, String key) {
    AuditRecord start =
        new AuditRecord("start", clock.instant())
            .putIfSet("version", version)
            .put("pid", ProcessHandle.current().pid())
            .put("turns", config.turns().name().toLowerCase(Locale.ROOT))
            .putIfSet("key", key);
    if (torn) {
      start.putJson("after_crash", "{\"torn_line\":true}");
    }
    log.atInfo()
        .addKeyValue("file", config.file())
        .addKeyValue("record", writer.chain().seq())
        .addKeyValue("hash", writer.chain().hash())
        .log("audit log goes on");
    unawaited(start);
    thread.start();
  }

  /**
   * Writes a record.
   *
   * @param later whether it is written later if it can't be now: for what has happened already
   * @param then is told whether it has been written: by the thread that writes, or at once, or by
   *     {@link #expire}
   */
  public void write(AuditRecord body, boolean later, Consumer<Boolean> then) {
    Consumer<Boolean> once = waiters.add(then);
    if (!offer(new Entry(body, once, later))) {
      once.accept(false);
    }
  }

  /** Writes a record of what has happened, which nobody waits for. */
  public void unawaited(AuditRecord body) {
    boolean unused = offer(Entry.unawaited(body));
  }

  /** As {@link #write}; like refusals of one second are one record with a count. */
  public void refused(Refusal refusal, Consumer<Boolean> then) {
    AuditRecord first = refusals.add(refusal);
    if (first == null) {
      then.accept(true);
    } else {
      write(first, true, then);
    }
  }

  /** Says that a turn went out. */
  public void turn(Recipient to, String token, long number) {
    if (config.turns() != Turns.OFF) {
      turns.add(to, token, number);
    }
  }

  /** Says that a lease goes on. */
  public void renewed(Recipient to, String leaseId, Instant until) {
    boolean unused = offer(new Renewal(to, leaseId, until));
  }

  private boolean offer(Work work) {
    int bytes = work.bytes();
    if (waiting.addAndGet(bytes) > config.bufferBytes()) {
      waiting.addAndGet(-bytes);
      losses.lost(work);
      return false;
    }
    return queue.add(work);
  }

  /** The time of a record. */
  public Instant now() {
    return clock.instant();
  }

  /** Whether calls of the control plane are to be answered although nothing can be written. */
  public boolean admitsUnwritten() {
    return config.onFailure() == OnFailure.GO_ON;
  }

  /** Whether no secret may be handed out, since that could not be written. */
  public boolean refusesSecrets() {
    return config.onFailure() == OnFailure.REFUSE_ALL
        && (writer.isFailing() || waiting.get() >= config.bufferBytes() * 3 / 4);
  }

  /** Whether the last try to write failed. */
  public boolean isFailing() {
    return writer.isFailing();
  }

  /** To be called about once a second: those who wait for too long hear that it is not written. */
  public void expire() {
    waiters.expire();
  }

  private void run() {
    long nextNanos = ticker.getAsLong() + SECOND_NANOS;
    try {
      while (!closing) {
        List<Work> taken = new ArrayList<>();
        Work first = queue.poll(nextNanos - ticker.getAsLong(), TimeUnit.NANOSECONDS);
        if (first != null) {
          taken.add(first);
        }
        boolean second = ticker.getAsLong() - nextNanos >= 0;
        nextNanos = second ? ticker.getAsLong() + SECOND_NANOS : nextNanos;
        round(taken, second);
      }
      do {
        round(new ArrayList<>(), true);
      } while (!queue.isEmpty());
      writer.take(Entry.unawaited(new AuditRecord("stop", clock.instant())));
      writer.flushNow(true);
    } catch (InterruptedException e) {
      log.warn("the audit log was interrupted");
    } finally {
      writer.close();
    }
  }

  private void round(List<Work> taken, boolean second) {
    try {
      // before it: what goes out meanwhile may be drained only the next time
      Instant before = clock.instant();
      if (second) {
        turns.drain();
        refusals.drain(this::unawaited);
      }
      boolean all = queue.drainTo(taken, MAX_TAKEN) < MAX_TAKEN;
      taken.forEach(writer::take);
      if (second) {
        drained = all ? before : drained;
        writer.second(drained);
      }
      writer.flush(second);
    } catch (RuntimeException e) {
      log.error("fault in the audit log", e);
    }
  }

  /** Writes what is still waiting, for up to so long, and says that the broker stops. */
  public void close(Duration grace) {
    closing = true;
    queue.add(new TurnChunk()); // wakes it
    try {
      thread.join(Math.max(1, grace.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      log.warn("the audit log could not be written to its end");
    }
  }
}
