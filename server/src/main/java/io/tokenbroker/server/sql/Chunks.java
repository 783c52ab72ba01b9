package io.tokenbroker.server.sql;

import java.util.ArrayList;
import java.util.List;

/** Lists in pieces that a database takes in one statement. */
final class Chunks {
  static final int SIZE = 1_000;

  private Chunks() {}

  static <T> List<List<T>> of(List<T> list) {
    return of(list, SIZE);
  }

  /**
   * Of eleven sizes, for statements whose texts depend on the size: drivers keep the last few texts
   * with what they know of them, for each connection.
   */
  static <T> List<List<T>> ofFewSizes(List<T> list) {
    List<List<T>> chunks = new ArrayList<>();
    for (List<T> chunk : of(list)) {
      for (int start = 0; start < chunk.size(); ) {
        int left = chunk.size() - start;
        int size = left == SIZE ? SIZE : Integer.highestOneBit(left);
        chunks.add(chunk.subList(start, start + size));
        start += size;
      }
    }
    return chunks;
  }

  static <T> List<List<T>> of(List<T> list, int size) {
    List<List<T>> chunks = new ArrayList<>();
    for (int start = 0; start < list.size(); start += size) {
      chunks.add(list.subList(start, Math.min(start + size, list.size())));
    }
    return chunks;
  }
}
