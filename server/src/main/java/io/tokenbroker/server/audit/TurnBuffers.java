package io.tokenbroker.server.audit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where turns are put down as they go out, to be written by another thread within a second. Each
 * thread nearly always has a buffer of its own: its lock is free, and held for some nanoseconds.
 */
final class TurnBuffers {
  /** A power of two. Event loops have numbers in a row, so they don't meet. */
  private static final int BUFFERS = 64;

  private final Buffer[] buffers = new Buffer[BUFFERS];
  private final Consumer<TurnChunk> full;

  /**
   * @param full takes a chunk; must not block
   */
  TurnBuffers(Consumer<TurnChunk> full) {
    this.full = full;
    for (int i = 0; i < BUFFERS; i++) {
      buffers[i] = new Buffer();
    }
  }

  void add(Recipient to, String token, long number) {
    TurnChunk filled =
        buffers[(int) Thread.currentThread().getId() & BUFFERS - 1].add(to, token, number);
    if (filled != null) {
      full.accept(filled);
    }
  }

  /** Hands over what there is, full or not. */
  void drain() {
    for (Buffer buffer : buffers) {
      TurnChunk some = buffer.take();
      if (some != null) {
        full.accept(some);
      }
    }
  }

  private static final class Buffer {
    @GuardedBy("this")
    private @Nullable TurnChunk chunk;

    synchronized @Nullable TurnChunk add(Recipient to, String token, long number) {
      if (chunk == null) {
        chunk = new TurnChunk();
      }
      chunk.add(to, token, number);
      return chunk.isFull() ? take() : null;
    }

    synchronized @Nullable TurnChunk take() {
      TurnChunk taken = chunk;
      chunk = null;
      return taken;
    }
  }
}
