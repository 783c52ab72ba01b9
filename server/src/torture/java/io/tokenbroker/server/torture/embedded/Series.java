package io.tokenbroker.server.torture.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Rounds of one plan on one disk: start, compare, load, fault. */
final class Series {
  /** What is written behind is written each second, if the machine has time for it. */
  private static final long BEHIND_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long BEHIND_BUSY_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int MAX_CHANGES = 200;
  private static final long MAX_WORK_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int PROCESSORS_TAKEN = 4;
  private static final int RECOVERY_SECONDS = 30;
  private static final int INTEGRITY_EVERY = 5;

  private final Plan plan;
  private final Disk disk;
  private final Path directory;
  private final Random random;
  private final Findings findings;
  private final List<Long> startMillis = new ArrayList<>();
  private Crew crew;
  private long savedBefore = System.nanoTime();
  private int kills;
  private int killsInStart;
  private int failedStarts;
  private int startsWithoutRoom;
  private int refusedWithoutRoom;
  private int recoveries;
  private int integrityChecks;

  /**
   * @param directory for logs and copies
   */
  Series(Plan plan, Disk disk, Path directory, Random random, Findings findings) {
    this.plan = plan;
    this.disk = disk;
    this.directory = directory;
    this.random = random;
    this.findings = findings;
    this.crew = new Crew(random, findings);
  }

  void run(int rounds) throws IOException, InterruptedException, ExecutionException {
    long begin = System.nanoTime();
    for (int round = 1; round <= rounds; round++) {
      if (round > 1 && random.nextInt(6) == 0) {
        killInStart();
      }
      try (Daemon daemon = start(round)) {
        crew.compareAfterRestart(daemon.channel(), savedBefore);
        switch (plan) {
          case KILL -> killUnderLoad(daemon);
          case FULL_DISK -> fillUnderLoad(daemon, (MountedDisk) disk);
          case POWER_LOSS -> losePower(daemon, (MountedDisk) disk);
          case BROKEN -> {
            Trees.copy(disk.data(), directory.resolve("earlier"));
            killUnderLoad(daemon);
            Trees.copy(directory.resolve("earlier"), disk.data());
          }
        }
      }
      if (round % INTEGRITY_EVERY == 0) {
        integrityChecks += Integrity.check(disk.data(), directory.resolve("copy"), findings);
      }
      if (round % 25 == 0 || round == rounds) {
        print(round, begin);
      }
    }
    try (Daemon daemon = start(rounds + 1)) {
      crew.compareAfterRestart(daemon.channel(), savedBefore);
      daemon.kill();
    }
  }

  private Path log(String name) {
    return directory.resolve(plan + "-" + name + ".log");
  }

  private Daemon start(int round) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Daemon daemon = Daemon.launch(disk.data(), log("broker"));
    if (daemon.awaitServing()) {
      startMillis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
      return daemon;
    }
    daemon.kill();
    failedStarts++;
    findings.other("failed starts", "round " + round + ": " + daemon.lastLines());
    Trees.copy(disk.data(), directory.resolve(plan + "-failed-" + round));
    Trees.delete(disk.data());
    daemon.close();
    crew = new Crew(random, findings);
    Daemon again = Daemon.launch(disk.data(), log("broker"));
    if (!again.awaitServing()) {
      again.kill();
      throw new IllegalStateException("not even on a new database: " + again.lastLines());
    }
    return again;
  }

  private void killInStart() throws InterruptedException {
    try (Daemon daemon = Daemon.launch(disk.data(), log("killed"))) {
      Pauses.millis(random.nextInt(2_000));
      daemon.kill();
      killsInStart++;
    }
  }

  private void killUnderLoad(Daemon daemon) throws InterruptedException, ExecutionException {
    boolean busy = random.nextInt(4) == 0;
    Burners burners = new Burners(busy ? PROCESSORS_TAKEN : 0);
    try {
      Crew.Shift shift = crew.begin(daemon.channel());
      letWork(8_000);
      kill(daemon);
      shift.end();
    } finally {
      burners.end();
    }
    savedBefore = System.nanoTime() - (busy ? BEHIND_BUSY_NANOS : BEHIND_NANOS);
  }

  /**
   * Until so many changes were acknowledged and some moment more, however slow the machine is.
   *
   * @param longer milliseconds, now and then: as long as it takes to see that what is written
   *     behind is written
   */
  private void letWork(int longer) {
    long enough = findings.acknowledged() + random.nextInt(MAX_CHANGES);
    long end = System.nanoTime() + MAX_WORK_NANOS;
    while (findings.acknowledged() < enough && System.nanoTime() - end < 0) {
      Pauses.millis(1);
    }
    Pauses.millis(random.nextInt(100) + (random.nextInt(8) == 0 ? longer : 0));
  }

  private void kill(Daemon daemon) throws InterruptedException {
    if (!daemon.isAlive()) {
      findings.other("brokers that ended", daemon.lastLines());
    }
    daemon.kill();
    kills++;
  }

  private void fillUnderLoad(Daemon daemon, MountedDisk small)
      throws InterruptedException, ExecutionException {
    Crew.Shift shift = crew.begin(daemon.channel());
    letWork(0);
    long filled = System.nanoTime();
    small.fill();
    Pauses.millis(200 + random.nextInt(1_500));
    int what = random.nextInt(3);
    if (what == 0) {
      small.empty();
      long emptied = System.nanoTime();
      if (!shift.awaitAcknowledged(emptied, RECOVERY_SECONDS)) {
        findings.other("no recovery", "writes still fail although there is room again");
      }
      recoveries++;
      shift.end();
      crew.compare(daemon.channel());
      killUnderLoad(daemon);
      if (savedBefore - emptied < 0) {
        savedBefore = filled - BEHIND_NANOS;
      }
      return;
    }
    kill(daemon);
    shift.end();
    savedBefore = filled - BEHIND_NANOS;
    if (what == 1) {
      startWithoutRoom();
    }
    small.empty();
  }

  /** Serves, or says that it cannot. */
  private void startWithoutRoom() throws InterruptedException, ExecutionException {
    try (Daemon daemon = Daemon.launch(disk.data(), log("full"))) {
      if (daemon.awaitServing()) {
        startsWithoutRoom++;
        crew.compare(daemon.channel());
        daemon.kill();
      } else if (daemon.hasRefusedItsDatabase()) {
        refusedWithoutRoom++;
      } else {
        daemon.kill();
        findings.other("starts on a full disk", daemon.lastLines());
      }
    }
  }

  private void losePower(Daemon daemon, MountedDisk ext4)
      throws InterruptedException, ExecutionException {
    Crew.Shift shift = crew.begin(daemon.channel());
    letWork(8_000);
    savedBefore = System.nanoTime() - BEHIND_NANOS;
    ext4.cutPower();
    Pauses.millis(random.nextInt(100));
    kill(daemon);
    shift.end();
    ext4.restorePower();
  }

  private void print(int round, long begin) {
    long median = startMillis.stream().sorted().skip(startMillis.size() / 2).findFirst().orElse(0L);
    System.out.printf(
        "%s on %s, round %d, %d s: %d kills, %d more in the start, %d failed starts, start %d ms;"
            + " full: %d starts served, %d refused, %d recoveries; %d integrity checks%n  %s%n",
        plan,
        disk.name(),
        round,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
        kills,
        killsInStart,
        failedStarts,
        median,
        startsWithoutRoom,
        refusedWithoutRoom,
        recoveries,
        integrityChecks,
        findings);
  }
}
