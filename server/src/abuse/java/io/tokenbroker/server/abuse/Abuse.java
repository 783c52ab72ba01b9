package io.tokenbroker.server.abuse;

import io.tokenbroker.server.abuse.Sample.Kind;
import io.tokenbroker.server.abuse.Sample.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs each attack against a daemon of its own with a heap of 256 MiB, beside good callers, and
 * tells what these noticed. Exits with 1 if they noticed anything.
 */
public final class Abuse {
  private static final long WARM_SECONDS = 6;
  private static final long CALM_SECONDS = 4;
  private static final double MAX_P99_MILLIS = 100;
  private static final long MAX_LOG_BYTES = 256 * 1024;
  private static final String ROW = "%-16s %7s %9s %9s %9s %9s %9s %8s  %s%n";

  private final Path distribution;
  private final Path directory;
  private final long seconds;

  private Abuse(Path distribution, Path directory, long seconds) {
    this.distribution = distribution;
    this.directory = directory;
    this.seconds = seconds;
  }

  /**
   * @param arguments the distribution, how many seconds each attack lasts, and which attacks; all
   *     if none is named
   */
  public static void main(String[] arguments) throws Exception {
    List<String> attacks = List.of(arguments).subList(2, arguments.length);
    Abuse abuse =
        new Abuse(
            Path.of(arguments[0]),
            Files.createTempDirectory("abuse"),
            Long.parseLong(arguments[1]));
    System.out.printf(
        ROW, "attack", "errors", "before", "during", "after", "leases", "peak MiB", "log KiB", "");
    int noticed = 0;
    for (String attack : attacks.isEmpty() ? Attacks.byName().keySet() : attacks) {
      noticed += abuse.holds(attack) ? 0 : 1;
    }
    System.out.printf(
        "p99 of NextToken before, during and after, and of leases during, in ms; logs in %s%n%s%n",
        abuse.directory,
        noticed == 0 ? "nobody noticed anything" : noticed + " attacks hurt others");
    System.exit(noticed == 0 ? 0 : 1);
  }

  private boolean holds(String attack) throws IOException, InterruptedException {
    Path place = Files.createDirectories(directory.resolve(attack));
    try (Victim victim = victim(attack, place)) {
      GoodCallers good = new GoodCallers(victim.port(), victim.goodKey());
      rest(WARM_SECONDS);
      try (AttackerProcess attacker =
          new AttackerProcess(
              attack,
              victim.port(),
              victim.httpPort(),
              victim.badKey(),
              seconds,
              place.resolve("attacker.log"))) {
        long calm = System.nanoTime();
        rest(CALM_SECONDS);
        long begin = System.nanoTime();
        attacker.attack();
        long end = System.nanoTime();
        long peak = victim.peakKib();
        rest(CALM_SECONDS);
        long over = System.nanoTime();
        good.stop();
        return tell(
            attack,
            victim,
            Math.max(peak, victim.peakKib()),
            new Span(good.samples(), calm, begin),
            new Span(good.samples(), begin, end),
            new Span(good.samples(), end, over));
      }
    }
  }

  private Victim victim(String attack, Path place) throws IOException {
    if (Attacks.isOverHttp(attack)) {
      return Victim.withHttp(distribution, place);
    }
    return Attacks.isOfKnownCaller(attack)
        ? Victim.withKeys(distribution, place)
        : new Victim(distribution, place);
  }

  private static boolean tell(
      String attack, Victim victim, long peakKib, Span before, Span during, Span after)
      throws IOException {
    List<String> complaints = new ArrayList<>();
    if (!victim.isAlive()) {
      complaints.add("the daemon ended");
    }
    long errors = during.errors() + after.errors();
    if (errors > 0) {
      complaints.add("errors " + during.failures() + " " + after.failures());
    }
    double quiet = before.p99(Kind.TURN);
    double disturbed = during.p99(Kind.TURN);
    if (disturbed > Math.max(2 * quiet, MAX_P99_MILLIS)) {
      complaints.add("slow");
    }
    if (victim.logBytes() > MAX_LOG_BYTES) {
      complaints.add("log");
    }
    System.out.printf(
        ROW,
        attack,
        errors,
        millis(quiet),
        millis(disturbed),
        millis(after.p99(Kind.TURN)),
        millis(during.p99(Kind.LEASE)),
        peakKib / 1024,
        victim.logBytes() / 1024,
        complaints.isEmpty() ? "ok" : String.join(", ", complaints));
    return complaints.isEmpty();
  }

  private static String millis(double millis) {
    return "%.1f".formatted(millis);
  }

  private static void rest(long seconds) throws InterruptedException {
    TimeUnit.SECONDS.sleep(seconds);
  }
}
