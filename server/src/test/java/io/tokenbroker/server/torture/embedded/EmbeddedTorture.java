package io.tokenbroker.server.torture.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;

/**
 * The built distribution on its embedded database, killed under load again and again: on a normal
 * disk, on one that fills up, and on one that loses its power. After each start every change that
 * was acknowledged is compared with what the broker says; exits with 1 if anything was lost, came
 * back, or was done by halves, or if a start failed.
 *
 * <p>Arguments: how many rounds in all; a seed; and, to see the checker fail, {@code broken}: then
 * the files of an earlier moment are put back before each start.
 */
public final class EmbeddedTorture {
  private EmbeddedTorture() {}

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    Random random = new Random(Long.parseLong(args[1]));
    boolean broken = args.length > 2 && args[2].equals("broken");
    Runtime.getRuntime().addShutdownHook(new Thread(EmbeddedTorture::endProcesses));
    Path directory = Files.createTempDirectory("tokenbroker-torture");
    System.out.printf("embedded, %d rounds, seed %s, logs in %s%n", rounds, args[1], directory);
    Findings findings = new Findings();
    PlainDisk plain = new PlainDisk(directory.resolve("data"));
    if (broken) {
      new Series(Plan.BROKEN, plain, directory, random, findings).run(rounds);
    } else {
      torture(rounds, plain, directory, random, findings);
    }
    findings.texts().stream().limit(20).forEach(text -> System.out.println("VIOLATION " + text));
    System.out.println(findings);
    long violations = findings.violations();
    if (findings.acknowledged() < 10L * rounds) {
      System.out.println("hardly anything was acknowledged: this run shows nothing");
      violations++;
    }
    System.out.println(violations == 0 ? "no violation" : violations + " violations");
    System.exit(violations == 0 ? 0 : 1);
  }

  /** Also when this one is stopped by Ctrl-C. */
  private static void endProcesses() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
  }

  private static void torture(
      int rounds, PlainDisk plain, Path directory, Random random, Findings findings)
      throws Exception {
    Optional<MountedDisk> mounted = MountedDisk.create(directory);
    boolean power = mounted.isPresent() && mounted.get().canLosePower();
    int filled = mounted.isPresent() ? rounds / (power ? 4 : 2) : 0;
    int cut = power ? rounds / 4 : 0;
    if (filled == 0) {
      System.out.println("LEFT OUT: the full disk, for want of a disk of its own");
    }
    if (cut == 0) {
      System.out.println("LEFT OUT: the loss of power, which takes root, ext4 and perl");
    }
    new Series(Plan.KILL, plain, directory, random, findings).run(rounds - filled - cut);
    if (mounted.isPresent()) {
      try (MountedDisk disk = mounted.get()) {
        new Series(Plan.FULL_DISK, disk, directory, random, findings).run(filled);
        Trees.delete(disk.data());
        if (cut > 0) {
          new Series(Plan.POWER_LOSS, disk, directory, random, findings).run(cut);
        }
      }
    }
  }
}
