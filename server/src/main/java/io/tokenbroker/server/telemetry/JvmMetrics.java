package io.tokenbroker.server.telemetry;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.concurrent.TimeUnit;

/** Of the Java machine, which has counted it anyway. Nothing of it is loaded before. */
public final class JvmMetrics {
  private JvmMetrics() {}

  public static void read(Exposition to) {
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      to.add(Metric.CPU, system.getProcessCpuTime() / (double) TimeUnit.SECONDS.toNanos(1));
    }
    to.add(Metric.START, ManagementFactory.getRuntimeMXBean().getStartTime() / 1_000.0);
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    to.add(Metric.MEMORY, heap.getUsed(), "heap");
    to.add(
        Metric.MEMORY,
        ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed(),
        "nonheap");
    to.add(Metric.MEMORY_MAX, heap.getMax());
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      to.add(Metric.GC_SECONDS, gc.getCollectionTime() / 1_000.0, gc.getName());
      to.add(Metric.GC_COUNT, gc.getCollectionCount(), gc.getName());
    }
    to.add(Metric.THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
  }
}
