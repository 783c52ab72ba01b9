package io.tokenbroker.server.torture.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The built distribution on its embedded database, killed under load again and again: on a normal
 * disk, on one that fills up, and on one that loses its power. After each start every change that
 * was acknowledged is compared with what the broker says; exits with 1 if anything was lost, came
 * back, or was done by halves, or if a start failed.
 *
 * <p>Arguments: how many rounds in all; a seed; and, for one {@link Plan} alone, its name, such as
 * full_disk or, to see the checker fail, broken.
 */
public final class EmbeddedTorture {
  private EmbeddedTorture() {}

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    Random random = new Random(Long.parseLong(args[1]));
    Optional<Plan> only =
        args.length > 2
            ? Optional.of(Plan.valueOf(args[2].toUpperCase(Locale.ROOT)))
            : Optional.empty();
    Path directory = Files.createTempDirectory("tokenbroker-torture");
    System.out.printf("embedded, %d rounds, seed %s, logs in %s%n", rounds, args[1], directory);
    Findings findings = new Findings();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(findings)));
    torture(only, rounds, directory, random, findings);
    long violations = findings.violations();
    if (findings.acknowledged() < 10L * rounds) {
      System.out.println("hardly anything was acknowledged: this run shows nothing");
      violations++;
    }
    System.out.println(violations == 0 ? "no violation" : violations + " violations");
    System.exit(violations == 0 ? 0 : 1);
  }

  /** Also when this one is stopped by Ctrl-C. */
  private static void end(Findings findings) {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    findings.texts().stream().limit(20).forEach(text -> System.out.println("VIOLATION " + text));
    System.out.println("in all: " + findings);
  }

  private static void torture(
      Optional<Plan> only, int rounds, Path directory, Random random, Findings findings)
      throws Exception {
    Map<Plan, Integer> left = new EnumMap<>(Plan.class);
    if (only.isPresent()) {
      left.put(only.get(), rounds);
    } else {
      left.put(Plan.FULL_DISK, rounds / 4);
      left.put(Plan.POWER_LOSS, rounds / 4);
      left.put(Plan.KILL, rounds - rounds / 4 * 2);
    }
    for (Map.Entry<Plan, Integer> each : left.entrySet()) {
      Plan plan = each.getKey();
      Optional<Disk> disk = disk(plan, directory);
      if (disk.isEmpty()) {
        System.out.println("LEFT OUT: " + plan + ", for want of a disk that this can be done to");
        continue;
      }
      try (Disk used = disk.get()) {
        new Series(plan, used, directory, random, findings).run(each.getValue());
      }
    }
  }

  private static Optional<Disk> disk(Plan plan, Path directory) throws IOException {
    if (plan == Plan.KILL || plan == Plan.BROKEN) {
      return Optional.of(new PlainDisk(directory.resolve(plan + "-data")));
    }
    Path own = Files.createDirectory(directory.resolve(plan.toString()));
    return MountedDisk.create(own)
        .filter(disk -> plan == Plan.FULL_DISK || disk.canLosePower())
        .map(disk -> disk);
  }
}
