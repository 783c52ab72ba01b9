package io.tokenbroker.server.scale;

/** What a thread of the broker is for, by its name. */
enum Work {
  CALLS("event loops", "event-loop.*"),
  POSITIONS("saves", "store-.*"),
  ROUNDS("rounds over what changed", "jobs"),
  COLLECTOR("garbage collector", "(GC Thread|G1 |VM Thread).*"),
  COMPILER("compiler", "C[12] .*"),
  OTHER("all others", ".*");

  private final String words;
  private final String names;

  Work(String words, String names) {
    this.words = words;
    this.names = names;
  }

  static Work of(String thread) {
    for (Work work : values()) {
      if (thread.matches(work.names)) {
        return work;
      }
    }
    return OTHER;
  }

  @Override
  public String toString() {
    return words;
  }
}
