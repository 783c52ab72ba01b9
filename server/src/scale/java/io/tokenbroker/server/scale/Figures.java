package io.tokenbroker.server.scale;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is told of a process, and of many durations. On Linux. */
final class Figures {
  /** As Linux counts for programs, whatever its own clock is. */
  private static final double TICKS_PER_SECOND = 100;

  private static final Pattern USED = Pattern.compile("(?:used |[Uu]sed:? *)(\\d+)K");

  private Figures() {}

  /** Processor time, user and system, in seconds. */
  static double processorSeconds(long pid) throws IOException {
    return seconds(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
  }

  /** The same of those of its threads that live, summed up by {@link Work}. */
  static Map<Work, Double> processorSecondsByWork(long pid) throws IOException {
    Map<Work, Double> seconds = new EnumMap<>(Work.class);
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads) {
        String stat;
        try {
          stat = Files.readString(thread.resolve("stat"));
        } catch (IOException e) {
          // it has ended since
          continue;
        }
        String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        seconds.merge(Work.of(name), seconds(stat), Double::sum);
      }
    }
    return seconds;
  }

  /** From what Linux says of a process or a thread. */
  private static double seconds(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /** What a JVM's heap has after two garbage collections, in bytes. */
  static long heapBytes(long pid) throws IOException, InterruptedException {
    String unused = jcmd(pid, "GC.run");
    unused = jcmd(pid, "GC.run");
    Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
    long kib = 0;
    // the heap, then Metaspace; the parallel collector tells its generations one by one
    String info = jcmd(pid, "GC.heap_info");
    for (String line : info.substring(0, info.indexOf("Metaspace")).split("\n", -1)) {
      used.reset(line);
      boolean generation = line.contains("PSYoungGen") || line.contains("ParOldGen");
      if ((generation || line.contains("garbage-first")) && used.find()) {
        kib += Long.parseLong(used.group(1));
      }
    }
    return kib * 1024;
  }

  private static String jcmd(long pid, String command) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid),
                command)
            .redirectErrorStream(true)
            .start();
    String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int unused = jcmd.waitFor();
    return output;
  }

  /** Of durations in nanoseconds, in milliseconds. */
  static double p99Millis(long[] nanos) {
    if (nanos.length == 0) {
      return 0;
    }
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, (int) Math.floor(sorted.length * 0.99))] / 1e6;
  }
}
