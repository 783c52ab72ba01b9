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

  static <T> List<List<T>> of(List<T> list, int size) {
    List<List<T>> chunks = new ArrayList<>();
    for (int start = 0; start < list.size(); start += size) {
      chunks.add(list.subList(start, Math.min(start + size, list.size())));
    }
    return chunks;
  }
}
